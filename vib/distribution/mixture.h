#pragma once

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/posterior.h"

namespace vib {

/// log N(z; μ_n, diag σ_n²) in nats under each of N diagonal Gaussians, whose mean and log variance are `[N, K]`:
/// `[..., K]` -> `[..., N]`, of the type of `z`.
///
///     -½ ( z² · 1/σ² - 2 z · μ/σ² + Σ_k ( μ²/σ² + log σ² + log 2π ) )
///
/// by two matrix products, so that time and memory never see `[..., N, K]`. Where z lies near μ_n, large terms cancel:
/// the error is about the resolution of a number times Σ_k (z² + μ²) / σ². In float32 at |μ| = 20 and σ = 0.1 that is
/// 0.005 nats a dimension; so these sums are of float64, where it is 1e-11, and autocast leaves them alone.
VIB_API torch::Tensor log_prob_of_each(const torch::Tensor& z, const DiagonalGaussian& components);

/// The same under each of N Gaussians with full covariances, whose means are `[N, K]` and factors `[N, K, K]`, by the
/// products of the z_i with each other: `[..., K²]`, but never `[..., N, K]`.
VIB_API torch::Tensor log_prob_of_each(const torch::Tensor& z, const FullGaussian& components);

/// The same under each of N posteriors. Throws c10::Error for point masses, which have no density.
VIB_API torch::Tensor log_prob_of_each(const torch::Tensor& z, const Posterior& components);

/// log Σ_n w_n N(z; μ_n, diag σ_n²) in nats: `[..., K]` -> `[...]`. `log_weights`: log w_n, `[N]`; they are taken as
/// they are, and sum to 1 in a density.
VIB_API torch::Tensor mixture_log_prob(const torch::Tensor& z, const torch::Tensor& log_weights,
                                       const DiagonalGaussian& components);

}  // namespace vib
