#include "vib/train/selection.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/units.h"
#include "vib/evaluate/metric_info.h"
#include "vib/objective/priced.h"
#include "vib/train/state.h"

namespace vib {
namespace {

constexpr std::int64_t kMostEpochs = std::numeric_limits<std::int32_t>::max();

}  // namespace

Selection::Selection(const std::string& monitor, std::int64_t patience, Objective objective)
    : patience_(patience), objective_(std::move(objective)) {
  watch(monitor);
}

void Selection::watch(const std::string& monitor) {
  key_.clear();
  sign_ = 1;
  if (monitor == "loss_bits") return;
  std::vector<std::string> allowed = {"loss_bits"};
  for (const auto& info : metric_infos()) {
    if (info.better == Better::kNeither) continue;
    allowed.push_back(info.key);
    if (info.key != monitor) continue;
    key_ = info.key;
    sign_ = info.better == Better::kHigher ? -1 : 1;
  }
  if (key_.empty())
    throw Error(fmt::format("the monitor \"{}\" is no number that an epoch can be chosen by; there are: {}", monitor,
                            fmt::join(allowed, ", ")));
}

double Selection::monitored(const EpochRecord& record) const {
  const auto& metrics = *record.validation;
  if (key_.empty())
    return to_bits(
        objective_.cost(to_nats(metrics["distortion_bits"]), to_nats(priced_bits(metrics.numbers)), record.beta));
  if (key_ == "error" && !metrics.find("error")) return metrics["rmse"];
  return sign_ * metrics[key_];
}

bool Selection::offer(const EpochRecord& record, bool competes) {
  epoch_ = record.epoch;
  if (!record.validation) {
    best_epoch_ = record.epoch;
    return false;
  }
  if (!competes) {
    waited_until_ = record.epoch;
    return false;
  }
  const double value = monitored(record);
  if (!std::isfinite(value) || (best_epoch_ > 0 && value >= best_)) return false;
  best_ = value;
  best_epoch_ = record.epoch;
  return true;
}

bool Selection::exhausted() const {
  return patience_ > 0 && epoch_ - std::max(best_epoch_, waited_until_) >= patience_;
}

TensorMap Selection::state() const {
  TensorMap state;
  state.insert("epoch", integer_tensor(epoch_));
  state.insert("best_epoch", integer_tensor(best_epoch_));
  state.insert("waited_until", integer_tensor(waited_until_));
  state.insert("best", number_tensor(best_));
  return state;
}

void Selection::load_state(const TensorMap& state, const std::string& source) {
  epoch_ = required_integer(state, "epoch", 0, kMostEpochs, source);
  best_epoch_ = required_integer(state, "best_epoch", 0, epoch_, source);
  waited_until_ = required_integer(state, "waited_until", 0, epoch_, source);
  best_ = required_number(state, "best", source);
}

}  // namespace vib
