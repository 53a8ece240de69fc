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

/// How the second half of the encoder's output becomes a standard deviation.
enum class Scale {
  kLogVariance,  ///< s = log σ²
  kSoftplus,     ///< σ = softplus(s - shift), Alemi et al. (2017)
};

/// Widths of the bottleneck, and how its standard deviation is read.
struct GaussianBottleneckOptions {
  GaussianBottleneckOptions(std::int64_t features, std::int64_t latent) : features_(features), latent_(latent) {}

  /// Width of the features that come in.
  TORCH_ARG(std::int64_t, features);
  /// K, the dimension of z.
  TORCH_ARG(std::int64_t, latent);
  /// How the encoder's second half is read. Default: kLogVariance.
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
/// Shapes: features `[B, F]` -> z `[B, K]`, posterior of `[B, K]`. μ and log σ² are float32 even where the linear map
/// ran in bfloat16. Alemi, Fischer, Dillon & Murphy, ICLR 2017, eq. 17.
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
