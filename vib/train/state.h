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
/// Text as a tensor.
torch::Tensor text_tensor(const std::string& text);
/// The lines of a text, each ended by '\n'.
std::vector<std::string> lines_of(std::string_view text);

// What is read back may be anything. Each of these throws vib::StateError, naming `source` and the entry, where it is
// missing or not what it must be.

/// The tensor of that name.
const torch::Tensor& required(const TensorMap& map, const std::string& name, const std::string& source);
/// One of the shape and type of `like`.
const torch::Tensor& required(const TensorMap& map, const std::string& name, const torch::Tensor& like,
                              const std::string& source);
/// What `integer_tensor` made of a number in [low, high], `number_tensor` of a finite one, `text_tensor` of a text.
std::int64_t required_integer(const TensorMap& map, const std::string& name, std::int64_t low, std::int64_t high,
                              const std::string& source);
double required_number(const TensorMap& map, const std::string& name, const std::string& source);
std::string required_text(const TensorMap& map, const std::string& name, const std::string& source);
/// Throws vib::StateError: SOURCE: cannot resume: "NAME" FOUND, and must be EXPECTED; and the way out.
[[noreturn]] void refuse_entry(const std::string& name, const std::string& found, const std::string& expected,
                               const std::string& source);

/// The tensors whose names begin with `prefix`, without it.
TensorMap part_of(const TensorMap& map, const std::string& prefix);
/// Adds `part` to `map`, with `prefix` in front of the names.
void append(TensorMap& map, const std::string& prefix, const TensorMap& part);
/// Copies `loaded` into the tensors of `own`. Throws vib::StateError, naming `source`, where names, shapes or types
/// differ, and then changes nothing.
void restore(const TensorMap& own, const TensorMap& loaded, const std::string& source);

}  // namespace vib
