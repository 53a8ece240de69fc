#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <torch/types.h>

namespace vib {

/// Reads what `numpy.save` wrote (formats 1.0 to 3.0; bool, int8 to int64, uint8 to uint64, float16 to float64), bit
/// for bit. The tensor is the mapped file itself (see map_file()) where the array is little endian and in C order; big
/// endian, Fortran order and bool make a copy.
///
/// Throws vib::DataError with the way out when the file is missing, truncated, longer than its header says, or holds
/// objects, text, dates, complex numbers or a structured type. Nothing in it is ever unpickled.
torch::Tensor read_npy(const std::filesystem::path& path);

/// The names of the arrays in what `numpy.savez` or `numpy.savez_compressed` wrote, in its order.
std::vector<std::string> npz_names(const std::filesystem::path& path);

/// Reads the array `name` of such a file into memory, its checksum verified. Throws vib::DataError as above, and where
/// there is no such array.
torch::Tensor read_npz(const std::filesystem::path& path, const std::string& name);

}  // namespace vib
