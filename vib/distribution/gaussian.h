#pragma once

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// All mass at one point, one for each example: the code of a deterministic encoder. It has no density.
struct VIB_API PointMass {
  torch::Tensor point;  ///< `[..., K]`
};

/// A Gaussian with a diagonal covariance, one for each example: N(μ, diag σ²). Leading dimensions are the caller's.
struct VIB_API DiagonalGaussian {
  torch::Tensor mean;          ///< μ, `[..., K]`
  torch::Tensor log_variance;  ///< log σ², `[..., K]`

  /// σ = exp(½ log σ²), `[..., K]`.
  torch::Tensor stddev() const;
  /// diag σ², `[..., K, K]`.
  torch::Tensor covariance() const;
  /// z = μ + σ ε for the caller's noise ε, `[..., K]` or `[M, ..., K]`.
  torch::Tensor sample_with(const torch::Tensor& noise) const;
  /// log N(z; μ, σ²) in nats, summed over the last dimension: `[..., K]` -> `[...]`.
  torch::Tensor log_prob(const torch::Tensor& z) const;
  /// -E[log N(z; μ, σ²)] in nats, `[...]`.
  torch::Tensor entropy() const;
};

/// KL( q || N(0, I) ) in nats: `[..., K]` -> `[...]`.
///
///     Σ_j ½ ( μ_j² + expm1(log σ_j²) - log σ_j² )
///
/// `expm1` keeps it exact near σ = 1, where the terms cancel. Alemi et al. (2017), eq. 15 and 17.
VIB_API torch::Tensor kl_to_standard_normal(const DiagonalGaussian& q);

/// KL( q || r ) in nats of two diagonal Gaussians whose shapes broadcast: `[..., K]` -> `[...]`.
///
///     Σ_j ½ ( (μ_j - m_j)² / s_j² + expm1(log σ_j² - log s_j²) - (log σ_j² - log s_j²) )
VIB_API torch::Tensor kl(const DiagonalGaussian& q, const DiagonalGaussian& r);

/// log N(z; 0, I) in nats, summed over the last dimension: `[..., K]` -> `[...]`.
VIB_API torch::Tensor standard_normal_log_prob(const torch::Tensor& z);

}  // namespace vib
