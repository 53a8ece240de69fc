#pragma once

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// log σ² is held between these bounds. At the floor σ = 2e-9, below the resolution of a float32 mean near 1; at the
/// ceiling σ = 5e8. Between them exp(log σ²), the rate and sums over any real batch stay far from float32's limits.
constexpr double kLogVarianceFloor = -40.0;
constexpr double kLogVarianceCeiling = 40.0;

/// `clamp(x, low, high)` whose gradient is that of the identity, so that a value which left the range is still
/// pulled back by its cost. A non-finite `x` gives NaN: a broken network is reported, not hidden.
VIB_API torch::Tensor bounded(const torch::Tensor& x, double low, double high);

/// log σ² between its two bounds.
VIB_API torch::Tensor bounded_log_variance(const torch::Tensor& x);

/// log σ² = 2 log softplus(s - shift), accurate also where softplus underflows.
VIB_API torch::Tensor softplus_log_variance(const torch::Tensor& s, double shift);

}  // namespace vib
