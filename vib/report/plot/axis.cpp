#include "vib/report/plot/axis.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "vib/report/plot/format.h"

namespace vib {
namespace {

int exponent(double value) { return static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9)); }

double power_of_ten(int exponent) { return std::pow(10.0, exponent); }

std::string superscript(int number) {
  static constexpr const char* kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = number < 0 ? "⁻" : "";
  for (const char digit : fmt::format("{}", std::abs(number))) text += kDigits[digit - '0'];
  return text;
}

/// `value` as 2.5×10⁻⁴: so many decimals, and that power of ten.
std::string scientific(double value, int decimals, int power) {
  if (value == 0) return "0";
  const std::string mantissa = fmt::format("{:.{}f}", value / power_of_ten(power), decimals);
  return (mantissa == "1" ? "" : mantissa + "×") + "10" + superscript(power);
}

std::string plain(double value, double step) {
  const int decimals = std::max(0, -exponent(step));
  return decimals == 0 && std::abs(value) >= 1e4 ? grouped(value) : fmt::format("{:.{}f}", value, decimals);
}

double round_step(double span, int most, bool whole) {
  const double decade = power_of_ten(exponent(span / most));
  for (const double factor : {1.0, 2.0, 5.0}) {
    const double step = factor * decade;
    if (span <= step * most && !(whole && step < 1)) return step;
  }
  return whole ? std::max(1.0, 10 * decade) : 10 * decade;
}

/// The `factors` times every `stride`-th power of ten, as far as they lie within [low, high].
std::vector<double> powers_within(double low, double high, const std::vector<double>& factors, int stride) {
  std::vector<double> values;
  for (int e = exponent(low); e <= exponent(high); ++e) {
    if (e % stride != 0) continue;
    for (const double factor : factors) {
      const double value = factor * power_of_ten(e);
      if (value >= low && value <= high) values.push_back(value);
    }
  }
  return values;
}

std::vector<Tick> linear_ticks(double low, double high, int most, bool whole) {
  const double step = round_step(high - low, most - 1, whole);
  const double largest = std::max(std::abs(low), std::abs(high));
  const bool is_plain = largest < 1e6 && step > 0.9e-4;
  const int power = exponent(largest);
  std::vector<Tick> ticks;
  for (double count = std::ceil(low / step - 1e-9); count * step <= high + 1e-9 * step; ++count) {
    const double value = count == 0 ? 0 : count * step;  // never -0
    ticks.push_back(
        {value, is_plain ? plain(value, step) : scientific(value, std::max(0, power - exponent(step)), power)});
  }
  return ticks;
}

std::vector<Tick> log_ticks(double low, double high, int most) {
  std::vector<double> values = powers_within(low, high, {1, 2, 5}, 1);
  if (values.size() < 3) return linear_ticks(low, high, most, false);
  for (int stride = 1; static_cast<int>(values.size()) > most; ++stride) values = powers_within(low, high, {1}, stride);

  const bool is_plain = values.front() > 0.9e-3 && values.back() < 1.1e4;
  std::vector<Tick> ticks;
  for (const double value : values) {
    ticks.push_back({value, is_plain ? plain(value, value) : scientific(value, 0, exponent(value))});
  }
  return ticks;
}

constexpr double kSmallest = 1e-150,
                 kLargest = 1e150;  // far from where the numbers of an axis would over- or underflow

AxisRange around(double constant, AxisScale scale) {
  if (scale == AxisScale::kLog) return {constant / 2, constant * 2, scale};
  if (std::abs(constant) < kSmallest) return {-1, 1, scale};
  return {std::min(0.0, 2 * constant), std::max(0.0, 2 * constant), scale};
}

/// Whether the range has numbers that can be told apart. What is NaN compares false.
bool has_ticks(const AxisRange& range) {
  constexpr double kAir = 1e20;  // ranges reach a little further than their values
  const auto [low, high, scale] = range;
  const double largest = std::max(std::abs(low), std::abs(high));
  return largest < kAir * kLargest && high - low > std::max(1e-12 * largest, kSmallest / kAir) &&
         (scale == AxisScale::kLinear || low > kSmallest / kAir);
}

}  // namespace

bool AxisRange::can_hold(double value) const {
  return std::abs(value) <= kLargest && (scale == AxisScale::kLinear || value >= kSmallest);  // NaN compares false
}

double AxisRange::fraction(double value) const {
  if (!(low < high)) return 0.5;
  const double held = std::clamp(value, low, high);
  if (scale == AxisScale::kLog) return (std::log(held) - std::log(low)) / (std::log(high) - std::log(low));
  return (held - low) / (high - low);
}

AxisScale scale_for(std::span<const double> values) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return low > 0 && high >= 10 * low ? AxisScale::kLog : AxisScale::kLinear;
}

AxisRange range_of(std::span<const double> values, AxisScale scale) {
  AxisRange range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), scale};
  for (const double value : values) {
    if (!range.can_hold(value)) continue;
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
  const auto [low, high, _] = range;
  if (low > high) return scale == AxisScale::kLog ? AxisRange{1, 10, scale} : AxisRange{0, 1, scale};
  if (high - low <= std::max(1e-9 * std::max(std::abs(low), std::abs(high)), kSmallest)) return around(high, scale);
  if (scale == AxisScale::kLog) {
    const double air = std::pow(high / low, 0.04);
    return {low / air, high * air, scale};
  }
  const double air = 0.04 * (high - low);
  return {low >= 0 && low < 0.3 * high ? 0 : low - air, high + air, scale};
}

std::vector<Tick> ticks_of(const AxisRange& range, int most, bool whole) {
  if (!has_ticks(range)) return {};
  most = std::clamp(most, 3, 100);
  return range.scale == AxisScale::kLog ? log_ticks(range.low, range.high, most)
                                        : linear_ticks(range.low, range.high, most, whole);
}

}  // namespace vib
