#include "tests/fuzz/altered_tensors.h"

#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vib::fuzz {
namespace {

constexpr std::size_t kCommandBytes = 6;
constexpr torch::ScalarType kTypes[] = {torch::kBool,  torch::kUInt8,   torch::kInt32,  torch::kInt64,
                                        torch::kFloat, torch::kFloat64, torch::kUInt16, torch::kComplexFloat};

std::int64_t whole_number(std::int32_t number) {
  if (number == std::numeric_limits<std::int32_t>::max()) return std::numeric_limits<std::int64_t>::max();
  if (number == std::numeric_limits<std::int32_t>::min()) return std::numeric_limits<std::int64_t>::min();
  return number;
}

torch::Tensor set(const torch::Tensor& tensor, std::int64_t at, std::int64_t value) {
  auto flat = tensor.clone().flatten();
  if (flat.numel() > 0) flat[at % flat.numel()] = torch::tensor(value, torch::kInt64).to(flat.scalar_type());
  return flat.view(tensor.sizes());
}

/// Nothing: the tensor goes away.
std::optional<torch::Tensor> changed(const torch::Tensor& tensor, unsigned what, std::int32_t number) {
  const auto natural = static_cast<std::int64_t>(static_cast<std::uint32_t>(number));
  switch (what % 8) {
    case 0: return std::nullopt;
    case 1: return torch::full(tensor.sizes(), whole_number(number), torch::kInt64).to(tensor.scalar_type());
    case 2: return set(tensor, natural & 0xFF, number >> 8);
    case 3: return tensor.flatten().slice(0, 0, natural % (tensor.numel() + 1));
    case 4: return tensor.flatten().unsqueeze(natural % 2).clone();
    case 5: return tensor.to(kTypes[natural % std::ssize(kTypes)]);
    case 6:
      return tensor.is_floating_point() ? torch::full_like(tensor, std::numeric_limits<double>::quiet_NaN())
                                        : torch::zeros_like(tensor);
    default: return torch::cat({tensor.flatten(), tensor.flatten()});
  }
}

}  // namespace

TensorMap altered(const TensorMap& tensors, std::string_view commands) {
  std::vector<std::pair<std::string, torch::Tensor>> items;
  for (const auto& item : tensors) items.emplace_back(item.key(), item.value());
  for (; commands.size() >= kCommandBytes && !items.empty(); commands.remove_prefix(kCommandBytes)) {
    const auto at = static_cast<std::size_t>(static_cast<unsigned char>(commands[0])) % items.size();
    std::int32_t number = 0;
    std::memcpy(&number, commands.data() + 2, sizeof number);
    if (auto tensor = changed(items[at].second, static_cast<unsigned char>(commands[1]), number))
      items[at].second = *std::move(tensor);
    else
      items.erase(items.begin() + static_cast<std::ptrdiff_t>(at));
  }
  TensorMap result;
  for (auto& [name, tensor] : items) result.insert(name, std::move(tensor));
  return result;
}

}  // namespace vib::fuzz
