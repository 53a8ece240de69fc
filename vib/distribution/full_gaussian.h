#pragma once

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/gaussian.h"

namespace vib {

/// A Gaussian with a full covariance, one for each example: N(μ, L Lᵀ). Leading dimensions are the caller's.
struct VIB_API FullGaussian {
  torch::Tensor mean;      ///< μ, `[..., K]`
  torch::Tensor cholesky;  ///< L, `[..., K, K]`: lower triangular, positive on the diagonal

  /// The standard deviation of each z_i, whatever the others: the root of Σ_j L_ij², `[..., K]`.
  torch::Tensor stddev() const;
  /// L Lᵀ, `[..., K, K]`.
  torch::Tensor covariance() const;
  /// z = μ + L ε for the caller's noise ε, `[..., K]` or `[M, ..., K]`.
  torch::Tensor sample_with(const torch::Tensor& noise) const;
  /// log N(z; μ, L Lᵀ) in nats: `[..., K]` or `[M, ..., K]` -> the same without K.
  torch::Tensor log_prob(const torch::Tensor& z) const;
  /// -E[log N(z; μ, L Lᵀ)] in nats, `[...]`.
  torch::Tensor entropy() const;
};

/// KL( q || N(0, I) ) in nats: `[..., K]` -> `[...]`.
///
///     ½ Σ_i ( μ_i² + Σ_{j<i} L_ij² + expm1(log L_ii²) - log L_ii² )
///
/// This is ½ ( tr L Lᵀ + |μ|² - K - log |L Lᵀ| ) in terms none of which is below 0: near L = I nothing cancels.
VIB_API torch::Tensor kl_to_standard_normal(const FullGaussian& q);

/// KL( q || r ) in nats, r diagonal: N(m, diag s²). Shapes broadcast: `[..., K]` -> `[...]`.
///
///     ½ Σ_i ( ((μ_i - m_i)² + Σ_{j<i} L_ij²) / s_i² + expm1(log L_ii² - log s_i²) - (log L_ii² - log s_i²) )
VIB_API torch::Tensor kl(const FullGaussian& q, const DiagonalGaussian& r);

}  // namespace vib
