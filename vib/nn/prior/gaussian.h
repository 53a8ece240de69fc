#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/posterior.h"
#include "vib/nn/replicable.h"

namespace vib {

/// r(z) = N(m, diag s²) with learned m and log s², which start at 0: the standard normal. For the same encoder the best
/// of these is never a looser bound on I(Z;X) than N(0, I).
class VIB_API GaussianPriorImpl : public torch::nn::Cloneable<GaussianPriorImpl>, public Replicable {
 public:
  /// `latent`: K, the dimension of z.
  explicit GaussianPriorImpl(std::int64_t latent);

  void reset() override;
  /// log r(z) in nats: `[M, B, K]` -> `[M, B]`.
  torch::Tensor log_prob(const torch::Tensor& z, const torch::Tensor& y) const;
  /// In closed form for Gaussians.
  std::optional<torch::Tensor> kl(const Posterior& q, const torch::Tensor& y) const;
  std::vector<torch::Tensor*> tensor_members() override { return {&mean, &log_variance}; }

  std::int64_t latent;
  torch::Tensor mean;          ///< m, `[K]`
  torch::Tensor log_variance;  ///< log s², `[K]`, as it is learned: unbounded
 private:
  DiagonalGaussian distribution() const;
};
TORCH_MODULE(GaussianPrior);

}  // namespace vib
