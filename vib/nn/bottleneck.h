#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include <torch/arg.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/posterior.h"

namespace vib {

/// How the second K numbers of the encoder's output become standard deviations.
enum class Scale {
  kLogVariance,  ///< s = log σ²
  kSoftplus,     ///< σ = softplus(s - shift), Alemi et al. (2017)
};

/// Which covariances q(z|x) may have.
enum class Covariance {
  kDiagonal,  ///< N(μ, diag σ²)
  kFull,      ///< N(μ, L Lᵀ)
};

/// The largest K of a full covariance. Its factor has K² numbers for each example.
constexpr std::int64_t kMaxFullLatent = 64;

/// Widths of the bottleneck, and how its covariance is read.
struct GaussianBottleneckOptions {
  GaussianBottleneckOptions(std::int64_t features, std::int64_t latent) : features_(features), latent_(latent) {}

  /// Width of the features that come in.
  TORCH_ARG(std::int64_t, features);
  /// K, the dimension of z.
  TORCH_ARG(std::int64_t, latent);
  /// kDiagonal, or kFull for K up to kMaxFullLatent. Default: kDiagonal.
  TORCH_ARG(Covariance, covariance) = Covariance::kDiagonal;
  /// How the encoder's second K numbers are read. Default: kLogVariance.
  TORCH_ARG(Scale, scale) = Scale::kLogVariance;
  /// The shift of kSoftplus: with 5, σ starts near 0.007. Default: 5.
  TORCH_ARG(double, shift) = 5.0;
  /// z = μ and no rate: the baseline. Default: false.
  TORCH_ARG(bool, deterministic) = false;
};

/// The bottleneck itself: a linear map from features to (μ, s), and a reparameterised draw of z.
///
///     (μ, s) = split(W h + b),   log σ² = s or 2 log softplus(s - shift),   z = μ + σ ε
///
/// With a full covariance, a linear map to (μ, s, a), of K, K and K (K - 1) / 2 numbers:
///
///     z = μ + L ε,   L_ii = σ_i,   L_ij = σ_i a_ij / √K  where j < i,   a in the order a_10, a_20, a_21, a_30, ...
///
/// Shapes: features `[B, F]` -> z `[B, K]`, posterior of `[B, K]`. The posterior is float32 even where the linear map
/// ran in bfloat16. Alemi, Fischer, Dillon & Murphy, ICLR 2017, eq. 17, and their Figure 2; for L see
/// vib/distribution/cholesky.h.
class VIB_API GaussianBottleneckImpl : public torch::nn::Cloneable<GaussianBottleneckImpl> {
 public:
  explicit GaussianBottleneckImpl(GaussianBottleneckOptions options);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  /// The posterior alone. Throws c10::Error unless `features` is `[..., F]`.
  Posterior encode(const torch::Tensor& features);
  /// One draw and the posterior it came from.
  std::pair<torch::Tensor, Posterior> forward(const torch::Tensor& features,
                                              std::optional<torch::Generator> generator = std::nullopt);

  GaussianBottleneckOptions options;
  torch::nn::Linear linear{nullptr};
};
TORCH_MODULE(GaussianBottleneck);

}  // namespace vib
