#pragma once

#include <torch/types.h>

namespace vib {

/// Labels and values `[B]` or `[B, width]` as `[B, width]` in o's type. Throws c10::Error for another shape.
torch::Tensor as_values(const torch::Tensor& y, const torch::Tensor& o, std::int64_t width);

}  // namespace vib
