#pragma once

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// |a_ij| / √K is held below this: z_i may depend on those before it a thousand times as much as on its own noise.
constexpr double kDependenceCeiling = 1000.0;

/// The Cholesky factor L of a covariance, `[..., K, K]`, from K log variances `[..., K]` and any numbers
/// a `[..., K (K - 1) / 2]`, row by row: a_10, a_20, a_21, a_30, ...
///
///     L_ii = σ_i,   L_ij = σ_i a_ij / √K  where j < i,   0 elsewhere
///
/// With it z_i = μ_i + σ_i (ε_i + Σ_{j<i} a_ij ε_j / √K): σ_i is what z_i spreads once those before it are known, and
/// small a mean a nearly diagonal covariance, at any σ and any K. Beyond kDependenceCeiling a number counts as that,
/// and its gradient stays that of the identity; one that is not finite gives NaN.
VIB_API torch::Tensor cholesky_factor(const torch::Tensor& log_variance, const torch::Tensor& a);

}  // namespace vib
