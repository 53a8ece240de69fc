#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/data/dataset.h"

namespace vib {

/// The inputs of `count` different examples as a network takes them, `[count, ...]`, drawn by `seed` alone, each
/// example as likely as the others. Throws c10::Error where there are not as many.
VIB_API torch::Tensor drawn_inputs(const Dataset& data, std::int64_t count, std::uint64_t seed);

}  // namespace vib
