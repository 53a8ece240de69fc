#pragma once

#include <filesystem>
#include <string>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// Reads a tensor from a file by its ending, onto the CPU:
///
///     x.npy                   numpy.save; mapped, see read_npy()
///     x.npz:name              numpy.savez; into memory
///     x.safetensors:name      safetensors; mapped
///     x.pt:name, x.pth:name   torch.save({"name": tensor}, path), see load_tensors(); into memory
///
/// `:name` may be left out where the file holds one tensor. Throws vib::DataError when the file cannot be read, has no
/// tensor of that name, or several and no name is given: the message lists them.
VIB_API torch::Tensor read_tensor(const std::string& source);

/// The file that `source` names, without `:name`.
VIB_API std::filesystem::path tensor_file(const std::string& source);

/// Whether `source` names a file of these by its ending.
VIB_API bool names_tensor(const std::string& source);

}  // namespace vib
