#include "vib/information/layer.h"

#include <cmath>
#include <limits>
#include <unordered_map>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {

Groups groups_of(const torch::Tensor& numbers, std::int64_t n, const char* what) {
  TORCH_CHECK(numbers.dim() == 1 && numbers.size(0) == n, what, " must have the shape [", n, "], found ",
              numbers.sizes());
  TORCH_CHECK(!numbers.is_complex(), what, " must be whole numbers");
  const auto whole = numbers.to(torch::kCPU, torch::kInt64).contiguous();
  TORCH_CHECK(!numbers.is_floating_point() || whole.eq(numbers.cpu()).all().item<bool>(), what,
              " must be whole numbers");
  Groups groups;
  groups.of.resize(n);
  std::unordered_map<std::int64_t, std::int32_t> known;
  const auto* number = whole.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < n; ++i) {
    const auto [group, is_new] = known.try_emplace(number[i], static_cast<std::int32_t>(groups.sizes.size()));
    if (is_new) groups.sizes.push_back(0);
    groups.of[i] = group->second;
    ++groups.sizes[group->second];
  }
  return groups;
}

torch::Tensor flat_activations(const torch::Tensor& activations, std::int64_t leading) {
  TORCH_CHECK(activations.dim() > leading, "activations have the shape [", leading > 0 ? "R, " : "", "N, ...], found ",
              activations.sizes());
  TORCH_CHECK(activations.numel() > 0, "there are no activations: their shape is ", activations.sizes());
  TORCH_CHECK(!activations.is_complex(), "activations must be real numbers");
  TORCH_CHECK(activations.size(leading) <= std::numeric_limits<std::int32_t>::max(), "there are too many examples");
  const bool narrow = activations.element_size() < 4 || activations.scalar_type() == torch::kFloat32;
  auto shape = activations.sizes().slice(0, leading + 1).vec();
  shape.push_back(-1);
  return activations.detach().to(torch::kCPU, narrow ? torch::kFloat32 : torch::kFloat64).reshape(shape).contiguous();
}

void check_layer(const torch::Tensor& layer) {
  const auto broken = layer.isfinite().logical_not_();
  if (!broken.any().item<bool>()) return;
  const auto first = broken.flatten().to(torch::kUInt8).argmax().item<std::int64_t>();
  const auto row = first / layer.size(1), column = first % layer.size(1);
  throw DataError(fmt::format(
      "row {}, column {} (counted from 0) of the activations holds {}, which nothing can be estimated from; leave the "
      "example out",
      row, column, layer[row][column].item<double>()));
}

InformationEstimate no_estimate(std::int64_t n) {
  constexpr auto kNone = std::numeric_limits<double>::quiet_NaN();
  InformationEstimate estimate;
  estimate.n = n;
  estimate.itx_bits = estimate.ity_bits = kNone;
  return estimate;
}

bool is_saturated(double bits, std::int64_t n) { return bits > std::log2(static_cast<double>(n)) - 0.5; }

}  // namespace vib
