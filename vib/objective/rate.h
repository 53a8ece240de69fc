#pragma once

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/gaussian.h"

namespace vib {

/// The rate R(x) = KL( q(z|x) || N(0, I) ) in nats per example: `[..., K]` -> `[...]`.
///
///     R = Σ_j ½ ( μ_j² + expm1(log σ_j²) - log σ_j² )
///
/// `expm1` keeps it exact near σ = 1, where the terms cancel. Zero for a point mass, the deterministic baseline, whose
/// rate is not part of its loss. E[R] is an upper bound on I(Z;X). Alemi et al. (2017), eq. 15 and 17.
VIB_API torch::Tensor rate(const DiagonalGaussian& posterior);

/// The one-draw estimate log q(z|x) - log r(z) in nats: `[..., K]` -> `[...]`; its mean over z ~ q(z|x) is the rate.
/// For priors without a closed form, and as a check of `rate`. `Prior` has `log_prob(z)`.
template <typename Prior>
torch::Tensor monte_carlo_rate(const DiagonalGaussian& posterior, const Prior& prior, const torch::Tensor& z) {
  return posterior.log_prob(z) - prior.log_prob(z);
}

}  // namespace vib
