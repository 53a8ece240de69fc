#pragma once

#include <functional>

#include <torch/types.h>

#include "vib/distribution/posterior.h"

namespace vib {

/// What a prior may look at beside z: the batch whose rate is asked for, and the model.
struct PriorContext {
  torch::Tensor y;      ///< the batch's targets; undefined where there are none
  Posterior posterior;  ///< q(z|x_i) of the batch, of `[B, K]`
  /// Inputs as the network takes them, `[N, ...]`, to q(z|x) of `[N, K]`, by the model's encoder in evaluation mode;
  /// empty where there is no model.
  std::function<Posterior(const torch::Tensor& x)> encode = {};
};

/// log r(z) in nats: `[M, B, K]` -> `[M, B]`.
using LogDensity = std::function<torch::Tensor(const torch::Tensor& z)>;

/// The share of each of N components in r(z): `[..., K]` -> `[..., N]`.
using Responsibilities = std::function<torch::Tensor(const torch::Tensor& z)>;

}  // namespace vib
