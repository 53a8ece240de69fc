#pragma once

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/posterior.h"

namespace vib {

/// The rate R(x) = KL( q(z|x) || N(0, I) ) in nats per example: `[..., K]` -> `[...]`.
///
/// Zero for a point mass, the deterministic baseline, whose rate is not part of its loss. E[R] is an upper bound on
/// I(Z;X). Against another prior: `Prior::kl`.
VIB_API torch::Tensor rate(const Posterior& posterior);

}  // namespace vib
