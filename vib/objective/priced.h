#pragma once

#include <torch/types.h>

#include "vib/core/numbers.h"
#include "vib/core/tensor_file.h"

namespace vib {

/// What the price falls on, of the terms of a batch or their means: the residual information where the prior has a
/// density for each class (Prior::conditional), else the rate.
inline const torch::Tensor& priced(const TensorMap& terms) {
  const auto* residual = terms.find("residual");
  return residual != nullptr ? *residual : terms["rate"];
}

/// The same of the numbers of a training part or a split, in bits; 0 of a deterministic model.
inline double priced_bits(const Numbers& numbers) {
  return numbers.find("residual_bits").value_or(numbers.find("rate_bits").value_or(0));
}

}  // namespace vib
