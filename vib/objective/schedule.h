#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "vib/core/export.h"

namespace vib {

/// A number as a pure function of training time, which is counted in epochs and may be a fraction: step /
/// steps_per_epoch. It has no state, so a resumed run reads the same values as an uninterrupted one. Used for β and the
/// learning rate.
class Schedule {
 public:
  Schedule(double value) : Schedule([value](double) { return value; }) {}  // NOLINT: a number is a constant schedule
  /// Any function of training time, in epochs.
  explicit Schedule(std::function<double(double epoch)> at)
      : at_([at = std::move(at)](double epoch, double) { return at(epoch); }) {}
  /// The same, told how long a step is, too.
  explicit Schedule(std::function<double(double epoch, double step)> at) : at_(std::move(at)) {}

  /// The value at `epoch`. `step` is the length of a step in epochs: a ramp over E epochs then reaches its end in the
  /// last step of these, at E - step, rather than in the step behind them, which training may not have.
  double at(double epoch, double step = 0) const { return at_(epoch, step); }

 private:
  std::function<double(double, double)> at_;
};

/// The same value throughout.
VIB_API Schedule constant(double value);
/// Straight from `from` to `to` over the first `epochs`, then `to`: the *target* is `to`, whatever the slope.
VIB_API Schedule linear(double from, double to, double epochs);
/// Half a cosine from `from` to `to` over the first `epochs`, then `to`.
VIB_API Schedule cosine(double from, double to, double epochs);
/// Geometric from `from` to `to` over the first `epochs`, then `to`. Both must be above 0.
VIB_API Schedule exponential(double from, double to, double epochs);
/// Fu et al. (2019): each period rises linearly from `from` to `to` over its first half and stays at `to` for the rest.
VIB_API Schedule cyclic(double from, double to, double period_epochs);
/// Linear between the points (epoch, value), constant outside them. Epochs must increase.
VIB_API Schedule piecewise(std::vector<std::pair<double, double>> points);

/// `value` · factor^floor(epoch / every): the paper's learning rate, 0.97 every 2 epochs.
VIB_API Schedule staircase(double value, double factor, double every);
/// `value` multiplied by `factor` at each of the epochs `milestones`.
VIB_API Schedule multistep(double value, std::vector<double> milestones, double factor);
/// `schedule` scaled by a linear ramp from 0 to 1 over the first `epochs`.
VIB_API Schedule warmup(Schedule schedule, double epochs);

}  // namespace vib
