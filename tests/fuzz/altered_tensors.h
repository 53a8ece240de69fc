#pragma once

#include <string_view>

#include "vib/core/tensor_file.h"

namespace vib::fuzz {

/// `tensors` as `commands` change them: six bytes each, for the tensor, what becomes of it (removed, filled, an element
/// set, cut, reshaped, of another type) and a number. Bytes of a file seldom get past its checksums.
TensorMap altered(const TensorMap& tensors, std::string_view commands);

}  // namespace vib::fuzz
