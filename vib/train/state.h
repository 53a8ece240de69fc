#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <torch/types.h>

#include "vib/core/error.h"
#include "vib/core/tensor_file.h"

namespace vib {

// A training state is named tensors. What is no tensor by nature becomes one.

/// A whole number as a tensor.
inline torch::Tensor integer_tensor(std::int64_t x) { return torch::tensor(x, torch::kInt64); }
/// A number as a tensor.
inline torch::Tensor number_tensor(double x) { return torch::tensor(x, torch::kFloat64); }
/// Text as a tensor, and back.
torch::Tensor text_tensor(const std::string& text);
std::string text_of(const torch::Tensor& tensor);
/// The lines of a text, each ended by '\n'.
std::vector<std::string> lines_of(std::string_view text);

/// The tensor of that name. Throws vib::StateError, naming `source`, where there is none.
const torch::Tensor& required(const TensorMap& map, const std::string& name, const std::string& source);
std::int64_t required_integer(const TensorMap& map, const std::string& name, const std::string& source);

/// The tensors whose names begin with `prefix`, without it.
TensorMap part_of(const TensorMap& map, const std::string& prefix);
/// Adds `part` to `map`, with `prefix` in front of the names.
void append(TensorMap& map, const std::string& prefix, const TensorMap& part);
/// Copies `loaded` into the tensors of `own`. Throws vib::StateError, naming `source`, where names, shapes or types
/// differ, and then changes nothing.
void restore(const TensorMap& own, const TensorMap& loaded, const std::string& source);

}  // namespace vib
