#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vib/information/estimate.h"
#include "vib/information/groups.h"

namespace vib {

// What every estimator asks of the tensors that it is given.

/// The groups of equal numbers in `[N]`. Throws c10::Error where these are not `n` whole numbers; `what` names them.
Groups groups_of(const torch::Tensor& numbers, std::int64_t n, const char* what);

/// Activations `[leading..., N, ...]` with `leading` dimensions before the examples', as `[leading..., N, D]` on the
/// CPU, contiguous, float32 where that holds every value of the type, else float64. Throws c10::Error where there is
/// nothing in them or they are no numbers.
torch::Tensor flat_activations(const torch::Tensor& activations, std::int64_t leading = 0);

/// Throws vib::DataError that names the first value of `[N, D]` that is not finite.
void check_layer(const torch::Tensor& layer);

/// The answer of a layer that is not finite.
InformationEstimate no_estimate(std::int64_t n);

/// Whether `bits` are as good as log2 n.
bool is_saturated(double bits, std::int64_t n);

}  // namespace vib
