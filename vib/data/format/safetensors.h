#pragma once

#include <filesystem>
#include <map>
#include <string>

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

/// Writes `tensors` in this format, atomically, with `metadata` as `__metadata__`: the header in the order of names,
/// the data from a multiple of 8 bytes on, types of larger elements first. Any type of the above, any shape, device and
/// strides. Throws vib::StateError when the file cannot be written, c10::Error for another type.
void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace vib
