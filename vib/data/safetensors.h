#pragma once

#include <filesystem>

#include "vib/core/tensor_file.h"

namespace vib {

/// Reads a file in Hugging Face's safetensors format, in the order of the data:
///
///     LENGTH (64 bits, little endian)   {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...} data
///
/// The tensors are the mapped file itself (see map_file()) where they are aligned to their type. `__metadata__` is left
/// aside. Throws vib::DataError when the file is missing or truncated, the header is no such object, a type is none of
/// PyTorch's, or the tensors leave gaps, overlap or reach beyond the end.
TensorMap read_safetensors(const std::filesystem::path& path);

}  // namespace vib
