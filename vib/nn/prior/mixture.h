#pragma once

#include <cstdint>
#include <vector>

#include <torch/arg.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/gaussian.h"
#include "vib/nn/replicable.h"

namespace vib {

/// A mixture of Gaussians over a latent of `latent` dimensions.
struct MixturePriorOptions {
  explicit MixturePriorOptions(std::int64_t latent) : latent_(latent) {}

  TORCH_ARG(std::int64_t, latent);
  /// N, how many Gaussians. Default: 10.
  TORCH_ARG(std::int64_t, components) = 10;
  /// Of the means at the start. Default: 0.
  TORCH_ARG(std::uint64_t, seed) = 0;
};

/// r(z) = Σ_n w_n N(z; m_n, diag s_n²) with learned w, m and log s².
///
/// It starts near the standard normal, and its Gaussians apart, so that each can become another: w_n = 1/N, s = 1, and
/// m_n drawn from N(0, I/K), about 1 away from the origin whatever K is. The rate has no closed form: it is
/// the mean over the draws of log q(z|x) - log r(z), without bias.
class VIB_API MixturePriorImpl : public torch::nn::Cloneable<MixturePriorImpl>, public Replicable {
 public:
  /// Throws c10::Error unless `latent` and `components` are at least 1.
  explicit MixturePriorImpl(const MixturePriorOptions& options);

  void reset() override;
  /// Draws the means of the start, by a generator of their own: other random numbers are not touched.
  void draw_means(std::uint64_t seed);
  /// log r(z) in nats: `[M, B, K]` -> `[M, B]`. Takes no more memory than `[M, B, K]` and `[M, B, N]`.
  torch::Tensor log_prob(const torch::Tensor& z, const torch::Tensor& y) const;
  /// w_n N(z; m_n, s_n²) / r(z), the share of each Gaussian in the density: `[..., K]` -> `[..., N]`.
  torch::Tensor responsibilities(const torch::Tensor& z) const;
  std::vector<torch::Tensor*> tensor_members() override { return {&logits, &mean, &log_variance}; }

  MixturePriorOptions options;
  torch::Tensor logits;        ///< w = softmax(logits), `[N]`
  torch::Tensor mean;          ///< m, `[N, K]`
  torch::Tensor log_variance;  ///< log s², `[N, K]`, as it is learned: unbounded
 private:
  DiagonalGaussian components() const;
};
TORCH_MODULE(MixturePrior);

}  // namespace vib
