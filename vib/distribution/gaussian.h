#pragma once

#include <cstdint>
#include <optional>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// A Gaussian with a diagonal covariance, one per example: the posterior q(z|x) = N(μ(x), diag σ²(x)).
///
/// Where `log_variance` is undefined it is the point mass at `mean`: the deterministic baseline, whose samples are all
/// the mean. Leading dimensions are the caller's (`[B, K]`, or `[R, B, K]` for R replicas).
struct VIB_API DiagonalGaussian {
  torch::Tensor mean;          ///< μ, `[..., K]`
  torch::Tensor log_variance;  ///< log σ², `[..., K]`, or undefined

  /// Whether it is a point mass.
  bool deterministic() const { return !log_variance.defined(); }
  /// σ = exp(½ log σ²), `[..., K]`. Throws c10::Error for a point mass.
  torch::Tensor stddev() const;

  /// `draws` reparameterised draws z = μ + σ ε, ε ~ N(0, I): `[M, ..., K]`. A point mass gives one: `[1, ..., K]`.
  torch::Tensor sample(std::int64_t draws, std::optional<torch::Generator> generator = std::nullopt) const;
  /// z = μ + σ ε for the caller's noise ε, `[..., K]` or `[M, ..., K]`.
  torch::Tensor sample_with(const torch::Tensor& noise) const;

  /// log q(z|x) in nats, summed over the last dimension: `[..., K]` -> `[...]`. Throws c10::Error for a point mass.
  torch::Tensor log_prob(const torch::Tensor& z) const;
};

/// The prior r(z) = N(0, I).
struct VIB_API StandardNormal {
  /// log r(z) in nats, summed over the last dimension: `[..., K]` -> `[...]`.
  torch::Tensor log_prob(const torch::Tensor& z) const;
};

}  // namespace vib
