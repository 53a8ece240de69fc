#include "vib/train/state.h"

#include <fmt/format.h>

namespace vib {

torch::Tensor text_tensor(const std::string& text) {
  return torch::tensor(std::vector<std::int64_t>(text.begin(), text.end()), torch::kInt64);
}

std::string text_of(const torch::Tensor& tensor) {
  const auto codes = tensor.to(torch::kInt64).contiguous();
  std::string text;
  for (std::int64_t i = 0; i < codes.numel(); ++i) text += static_cast<char>(codes.const_data_ptr<std::int64_t>()[i]);
  return text;
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

std::int64_t required_integer(const TensorMap& map, const std::string& name, const std::string& source) {
  return required(map, name, source).item<std::int64_t>();
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
