#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <torch/types.h>

// Uses macros of the header above without including it.
#include <torch/ordered_dict.h>

#include "vib/core/export.h"

namespace vib {

/// Named tensors, in order.
using TensorMap = torch::OrderedDict<std::string, torch::Tensor>;

/// Writes `tensors` as a plain dict that Python's `torch.load(path, weights_only=True)` reads, atomically
/// (`write_file_atomically`). Any dtype, shape, device and strides; a view is written alone, without the rest of the
/// storage it looks into. Throws vib::StateError when the file cannot be written.
VIB_API void save_tensors(const std::filesystem::path& path, const TensorMap& tensors);

/// Reads what `save_tensors` or Python's `torch.save` wrote, a dict of names to tensors or a module's state_dict(),
/// onto the CPU, contiguous and sharing nothing. Verifies every checksum in the file. Throws vib::StateError with the
/// path and the reason when the file is missing, truncated, damaged, or anything else.
VIB_API TensorMap load_tensors(const std::filesystem::path& path);

/// Its type and shape, in messages: "Float[3, 2]".
std::string describe(const torch::Tensor& tensor);

/// Throws vib::StateError, beginning with `what` (e.g. "runs/a/weights.pt"), that lists every name of `expected` that
/// `actual` lacks, every name it has beyond them, and every tensor of another shape or dtype.
VIB_API void check_same_layout(const TensorMap& expected, const TensorMap& actual, std::string_view what);

}  // namespace vib
