#include "vib/train/state.h"

#include <cmath>

#include <fmt/format.h>

namespace vib {

torch::Tensor text_tensor(const std::string& text) {
  return torch::tensor(std::vector<std::int64_t>(text.begin(), text.end()), torch::kInt64);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

const torch::Tensor& required(const TensorMap& map, const std::string& name, const std::string& source) {
  const auto* tensor = map.find(name);
  if (tensor == nullptr) throw StateError(fmt::format("{}: no \"{}\" in it: not a training state", source, name));
  return *tensor;
}

const torch::Tensor& required(const TensorMap& map, const std::string& name, const torch::Tensor& like,
                              const std::string& source) {
  const auto& tensor = required(map, name, source);
  if (tensor.scalar_type() != like.scalar_type() || tensor.sizes() != like.sizes())
    refuse_entry(name, fmt::format("is {}", describe(tensor)), describe(like), source);
  return tensor;
}

std::int64_t required_integer(const TensorMap& map, const std::string& name, std::int64_t low, std::int64_t high,
                              const std::string& source) {
  const auto value = required(map, name, integer_tensor(0), source).item<std::int64_t>();
  if (value < low || value > high)
    refuse_entry(name, fmt::format("is {}", value),
                 low == high ? fmt::format("{}", low) : fmt::format("a whole number from {} to {}", low, high), source);
  return value;
}

double required_number(const TensorMap& map, const std::string& name, const std::string& source) {
  const auto value = required(map, name, number_tensor(0), source).item<double>();
  if (!std::isfinite(value)) refuse_entry(name, fmt::format("is {}", value), "a finite number", source);
  return value;
}

std::string required_text(const TensorMap& map, const std::string& name, const std::string& source) {
  const auto& codes = required(map, name, source);
  if (codes.scalar_type() != torch::kInt64 || codes.dim() != 1)
    refuse_entry(name, fmt::format("is {}", describe(codes)), "a text, Long[n]", source);
  std::string text;
  for (std::int64_t i = 0; i < codes.numel(); ++i) text += static_cast<char>(codes.const_data_ptr<std::int64_t>()[i]);
  return text;
}

void refuse_entry(const std::string& name, const std::string& found, const std::string& expected,
                  const std::string& source) {
  throw StateError(fmt::format("{}: cannot resume: \"{}\" {}, and must be {}; without this file training begins anew",
                               source, name, found, expected));
}

TensorMap part_of(const TensorMap& map, const std::string& prefix) {
  TensorMap part;
  for (const auto& item : map)
    if (item.key().starts_with(prefix)) part.insert(item.key().substr(prefix.size()), item.value());
  return part;
}

void append(TensorMap& map, const std::string& prefix, const TensorMap& part) {
  for (const auto& item : part) map.insert(prefix + item.key(), item.value());
}

void restore(const TensorMap& own, const TensorMap& loaded, const std::string& source) {
  torch::NoGradGuard no_grad;
  check_same_layout(own, loaded, source);
  for (const auto& item : own) torch::Tensor(item.value()).copy_(loaded[item.key()]);
}

}  // namespace vib
