#pragma once

#include <optional>

#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/posterior.h"

namespace vib {

/// r(z) = N(0, I), the paper's prior. Nothing is learned.
class VIB_API StandardNormalPriorImpl : public torch::nn::Cloneable<StandardNormalPriorImpl> {
 public:
  void reset() override {}
  /// log r(z) in nats: `[M, B, K]` -> `[M, B]`.
  torch::Tensor log_prob(const torch::Tensor& z, const torch::Tensor& y) const;
  /// In closed form for Gaussians.
  std::optional<torch::Tensor> kl(const Posterior& q, const torch::Tensor& y) const;
};
TORCH_MODULE(StandardNormalPrior);

}  // namespace vib
