#include "vib/objective/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <c10/util/Exception.h>

namespace vib {
namespace {

// The part of a ramp that is behind us, in [0, 1]: all of it in its last step.
double fraction(double epoch, double epochs, double step = 0) {
  return epochs <= step ? 1.0 : std::clamp(epoch / (epochs - step), 0.0, 1.0);
}

}  // namespace

Schedule constant(double value) { return {value}; }

Schedule linear(double from, double to, double epochs) {
  TORCH_CHECK(epochs > 0, "a schedule's epochs must be above 0, got ", epochs);
  return Schedule([=](double epoch, double step) { return std::lerp(from, to, fraction(epoch, epochs, step)); });
}

Schedule cosine(double from, double to, double epochs) {
  TORCH_CHECK(epochs > 0, "a schedule's epochs must be above 0, got ", epochs);
  return Schedule([=](double epoch, double step) {
    return std::lerp(from, to, 0.5 - 0.5 * std::cos(std::numbers::pi * fraction(epoch, epochs, step)));
  });
}

Schedule exponential(double from, double to, double epochs) {
  TORCH_CHECK(epochs > 0, "a schedule's epochs must be above 0, got ", epochs);
  TORCH_CHECK(from > 0 && to > 0, "an exponential schedule needs from and to above 0, got ", from, " and ", to);
  return Schedule([=](double epoch, double step) { return from * std::pow(to / from, fraction(epoch, epochs, step)); });
}

Schedule cyclic(double from, double to, double period_epochs) {
  TORCH_CHECK(period_epochs > 0, "a schedule's period must be above 0 epochs, got ", period_epochs);
  return Schedule([=](double epoch) {
    const double phase = epoch / period_epochs - std::floor(epoch / period_epochs);
    return std::lerp(from, to, std::min(2.0 * phase, 1.0));
  });
}

Schedule piecewise(std::vector<std::pair<double, double>> points) {
  TORCH_CHECK(!points.empty(), "a piecewise schedule needs at least one point");
  const auto not_before = [](const auto& a, const auto& b) { return a.first >= b.first; };
  TORCH_CHECK(std::adjacent_find(points.begin(), points.end(), not_before) == points.end(),
              "the epochs of a piecewise schedule must increase");
  return Schedule([points = std::move(points)](double time, double step) {
    const double epoch = fraction(time, points.back().first, step) < 1 ? time : points.back().first;
    const auto after = std::upper_bound(points.begin(), points.end(), epoch,
                                        [](double value, const auto& point) { return value < point.first; });
    if (after == points.begin()) return points.front().second;
    if (after == points.end()) return points.back().second;
    const auto& [x0, y0] = *std::prev(after);
    const auto& [x1, y1] = *after;
    return std::lerp(y0, y1, (epoch - x0) / (x1 - x0));
  });
}

Schedule staircase(double value, double factor, double every) {
  TORCH_CHECK(every > 0, "a staircase needs a step of more than 0 epochs, got ", every);
  return Schedule([=](double epoch) { return value * std::pow(factor, std::floor(epoch / every)); });
}

Schedule multistep(double value, std::vector<double> milestones, double factor) {
  return Schedule([=, milestones = std::move(milestones)](double epoch) {
    const auto passed = std::count_if(milestones.begin(), milestones.end(), [=](double m) { return m <= epoch; });
    return value * std::pow(factor, static_cast<double>(passed));
  });
}

Schedule warmup(Schedule schedule, double epochs) {
  if (epochs <= 0) return schedule;
  return Schedule([schedule = std::move(schedule), epochs](double epoch, double step) {
    return schedule.at(epoch, step) * fraction(epoch, epochs, step);
  });
}

}  // namespace vib
