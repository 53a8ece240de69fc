#include "vib/train/weight_average.h"

#include <cmath>
#include <limits>

#include <ATen/ops/_foreach_lerp.h>
#include <fmt/format.h>

#include "vib/train/state.h"

namespace vib {

WeightAverage::WeightAverage(std::vector<torch::Tensor> parameters, double decay)
    : parameters_(std::move(parameters)), decay_(decay) {
  TORCH_CHECK(decay >= 0 && decay < 1, "the decay of a weight average must lie in [0, 1), got ", decay);
  if (!enabled()) return;
  for (const auto& p : parameters_) sums_.push_back(at::zeros_like(p));
}

void WeightAverage::blend() {
  if (!enabled()) return;
  torch::NoGradGuard no_grad;
  at::_foreach_lerp_(sums_, parameters_, 1.0 - decay_);
}

std::vector<torch::Tensor> WeightAverage::average() const {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> result;
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    result.push_back(enabled() && updates_ > 0 ? sums_[i] / (1.0 - std::pow(decay_, static_cast<double>(updates_)))
                                               : parameters_[i].detach());
  return result;
}

TensorMap WeightAverage::state() const {
  TensorMap state;
  for (std::size_t i = 0; i < sums_.size(); ++i) state.insert(fmt::format("sum.{}", i), sums_[i]);
  state.insert("updates", torch::tensor(updates_));
  return state;
}

void WeightAverage::load_state(const TensorMap& loaded, const std::string& source) {
  torch::NoGradGuard no_grad;
  auto own = state();
  check_same_layout(own, loaded, source);
  const auto updates = required_integer(loaded, "updates", 0, std::numeric_limits<std::int64_t>::max() / 2, source);
  for (auto& item : own) item.value().copy_(loaded[item.key()]);
  updates_ = updates;
}

}  // namespace vib
