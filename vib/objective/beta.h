#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <variant>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/objective/controller.h"
#include "vib/objective/schedule.h"

namespace vib {

/// The weight of the rate: a number, a schedule over training time, or a controller that answers to training.
///
///     TrainerOptions().beta(1e-3)
///     TrainerOptions().beta(linear(0, 1e-3, 10))
///     TrainerOptions().beta(dual(DualOptions(to_nats(10))))       // at most 10 bits
class VIB_API Beta {
 public:
  /// Makes the controller of one model. Each model that is trained gets one of its own.
  using Make = std::function<std::shared_ptr<BetaController>(torch::Device)>;

  Beta(double value) : kind_(Schedule(value)) {}           // NOLINT: a number is a β
  Beta(Schedule schedule) : kind_(std::move(schedule)) {}  // NOLINT: a schedule is one
  explicit Beta(Make make) : kind_(std::move(make)) {}

  /// The schedule, or a null pointer where a controller decides.
  const Schedule* schedule() const { return std::get_if<Schedule>(&kind_); }
  /// A new controller on `device`; a null pointer for a schedule.
  std::shared_ptr<BetaController> controller(torch::Device device) const {
    const auto* make = std::get_if<Make>(&kind_);
    return make != nullptr ? (*make)(device) : nullptr;
  }

 private:
  std::variant<Schedule, Make> kind_;
};

/// Dual ascent towards E[R] <= target.
inline Beta dual(const DualOptions& options) {
  return Beta([options](torch::Device device) { return dual_controller(options, device); });
}
inline Beta dual(const LogDualOptions& options) {
  return Beta([options](torch::Device device) { return dual_controller(options, device); });
}

}  // namespace vib
