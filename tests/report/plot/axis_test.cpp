#include "vib/report/plot/axis.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vib {
namespace {

using testing::ElementsAre;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> labels;
  for (const Tick& tick : ticks) labels.push_back(tick.label);
  return labels;
}

std::vector<std::string> linear(double low, double high, int most, bool whole = false) {
  return labels(ticks_of({low, high, AxisScale::kLinear}, most, whole));
}

std::vector<std::string> logarithmic(double low, double high, int most) {
  return labels(ticks_of({low, high, AxisScale::kLog}, most));
}

TEST(Axis, TicksAreRoundNumbers) {
  EXPECT_THAT(linear(0, 20, 6), ElementsAre("0", "5", "10", "15", "20"));
  EXPECT_THAT(linear(0.13, 0.74, 8), ElementsAre("0.2", "0.3", "0.4", "0.5", "0.6", "0.7"));
  EXPECT_THAT(linear(-3, 3, 4), ElementsAre("-2", "0", "2"));
  EXPECT_THAT(linear(0, 60'000, 4), ElementsAre("0", "20,000", "40,000", "60,000"));
  EXPECT_THAT(linear(0, 1e-4, 3), ElementsAre("0", "0.5×10⁻⁴", "1.0×10⁻⁴"));
  EXPECT_THAT(linear(0, 4e9, 3), ElementsAre("0", "2×10⁹", "4×10⁹"));
}

TEST(Axis, CountingTicksAreWhole) {
  EXPECT_THAT(linear(1, 3, 8, true), ElementsAre("1", "2", "3"));
  EXPECT_THAT(linear(1, 3, 6, false), ElementsAre("1.0", "1.5", "2.0", "2.5", "3.0"));
}

TEST(Axis, LogTicksSuitTheirSpan) {
  EXPECT_THAT(logarithmic(1e-6, 1, 7), ElementsAre("10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"));
  EXPECT_THAT(logarithmic(1e-6, 1, 5), ElementsAre("10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"));
  EXPECT_THAT(logarithmic(0.9, 60, 8), ElementsAre("1", "2", "5", "10", "20", "50"));
  EXPECT_THAT(logarithmic(0.001, 10, 6), ElementsAre("0.001", "0.01", "0.1", "1", "10"));
  EXPECT_THAT(logarithmic(2e-5, 3e-4, 8), ElementsAre("2×10⁻⁵", "5×10⁻⁵", "10⁻⁴", "2×10⁻⁴"));
  EXPECT_THAT(logarithmic(1.1, 1.6, 8), ElementsAre("1.1", "1.2", "1.3", "1.4", "1.5", "1.6"));
}

TEST(Axis, TicksAreInsideFewAndToldApart) {
  for (const double low : {-7.3e5, -1.0, -0.021, 0.0, 1e-5, 0.37, 12.5, 99'999.0}) {
    for (double span = 1e-4; span < 1e7; span *= 1.7) {
      const double high = low + span;
      const auto ticks = ticks_of({low, high, AxisScale::kLinear}, 7);
      EXPECT_GE(ticks.size(), 2) << low << " + " << span;
      EXPECT_LE(ticks.size(), 7) << low << " + " << span;
      const auto names = labels(ticks);
      EXPECT_EQ(std::set(names.begin(), names.end()).size(), ticks.size()) << low << " + " << span;
      for (const Tick& tick : ticks) {
        EXPECT_GE(tick.value, low - 1e-6 * span);
        EXPECT_LE(tick.value, high + 1e-6 * span);
        const bool is_plain = tick.label.find_first_not_of("-.0123456789") == std::string::npos;
        if (is_plain) {
          EXPECT_NEAR(std::strtod(tick.label.c_str(), nullptr), tick.value, 1e-6 * span);
        }
      }
    }
  }
}

TEST(Axis, LogTicksAreInsideFewAndToldApart) {
  for (double low = 1e-9; low < 1e5; low *= 1.9) {
    for (double ratio = 1.01; ratio < 1e12; ratio *= 1.6) {
      const auto ticks = ticks_of({low, low * ratio, AxisScale::kLog}, 7);
      EXPECT_GE(ticks.size(), 2) << low << " x " << ratio;
      EXPECT_LE(ticks.size(), 7) << low << " x " << ratio;
      const auto names = labels(ticks);
      EXPECT_EQ(std::set(names.begin(), names.end()).size(), ticks.size()) << low << " x " << ratio;
    }
  }
}

TEST(Axis, RangeHoldsItsValuesAndSkipsTheRest) {
  const std::vector<double> values = {22, kNaN, 28, -kInfinity, 25};
  const AxisRange range = range_of(values, AxisScale::kLinear);
  EXPECT_LT(range.low, 22);
  EXPECT_GT(range.high, 28);
  EXPECT_NEAR(range.high - range.low, 6, 1);
  EXPECT_DOUBLE_EQ(range.fraction(range.low), 0);
  EXPECT_DOUBLE_EQ(range.fraction(25), (25 - range.low) / (range.high - range.low));
}

TEST(Axis, LinearRangeStartsAtZeroWhenValuesComeNear) {
  EXPECT_EQ(range_of(std::vector<double>{0.1, 3}, AxisScale::kLinear).low, 0);
  EXPECT_GT(range_of(std::vector<double>{21, 30}, AxisScale::kLinear).low, 20);
  EXPECT_LT(range_of(std::vector<double>{-1, 3}, AxisScale::kLinear).low, -1);
}

TEST(Axis, LogRangeSkipsZeroAndBelow) {
  const AxisRange range = range_of(std::vector<double>{0, -4, 0.01, 100}, AxisScale::kLog);
  EXPECT_GT(range.low, 0.005);
  EXPECT_LT(range.high, 200);
  EXPECT_NEAR(range.fraction(1), 0.5, 1e-12);
  EXPECT_FALSE(range.can_hold(0));
  EXPECT_FALSE(range.can_hold(kNaN));
  EXPECT_TRUE(range.can_hold(1e-9));
}

TEST(Axis, IsLogarithmicWhereTheNumbersSpanADecade) {
  EXPECT_EQ(scale_for(std::vector{1.5, kNaN, 90.0}), AxisScale::kLog);
  EXPECT_EQ(scale_for(std::vector{1.0, 10.0}), AxisScale::kLog);
  EXPECT_EQ(scale_for(std::vector{1.0, 9.9}), AxisScale::kLinear);
  EXPECT_EQ(scale_for(std::vector{0.0, 1.0, 90.0}), AxisScale::kLinear) << "zero has no place on a logarithmic axis";
  EXPECT_EQ(scale_for({}), AxisScale::kLinear);
}

TEST(Axis, ConstantValuesLieInTheMiddle) {
  for (const double constant : {0.0, -3.0, 1e-3, 7e8}) {
    EXPECT_NEAR(range_of(std::vector{constant, constant}, AxisScale::kLinear).fraction(constant), 0.5, 1e-9)
        << constant;
  }
  EXPECT_NEAR(range_of(std::vector{1e-3}, AxisScale::kLog).fraction(1e-3), 0.5, 1e-9);
}

TEST(Axis, NoValuesGiveARangeAllTheSame) {
  const AxisRange linear = range_of({}, AxisScale::kLinear), log = range_of(std::vector{-1.0, 0.0}, AxisScale::kLog);
  EXPECT_LT(linear.low, linear.high);
  EXPECT_GT(log.low, 0);
  EXPECT_LT(log.low, log.high);
}

TEST(Axis, ExtremeValuesStayFinite) {
  const AxisRange range = range_of(std::vector{1e-140, 1e140}, AxisScale::kLog);
  EXPECT_NEAR(range.fraction(1), 0.5, 1e-9);
  EXPECT_LE(ticks_of(range, 7).size(), 7);
  EXPECT_TRUE(std::isfinite(range_of(std::vector{-1e150, 1e150}, AxisScale::kLinear).fraction(0)));
}

// Of every pair of these: in order and not, empty, not finite, huge, tiny, apart by rounding errors alone.
const std::vector<double> kAnyNumbers = {kNaN,        -kInfinity, -1e308, -1e150, -1,      -5e-324,
                                         0,           5e-324,     1e-300, 1e-150, 0.3,     1,
                                         1 + 2.3e-16, 1e16,       1e150,  1e300,  1.7e308, kInfinity};

TEST(Axis, AnyRangeHasFewFiniteTicksWithinIt) {
  for (const AxisScale scale : {AxisScale::kLinear, AxisScale::kLog}) {
    for (const double low : kAnyNumbers) {
      for (const double high : kAnyNumbers) {
        const AxisRange range{low, high, scale};
        for (const int most : {std::numeric_limits<int>::min(), 0, 1, 2, 7, std::numeric_limits<int>::max()}) {
          const auto ticks = ticks_of(range, most, most == 7);
          EXPECT_LE(ticks.size(), std::clamp(most, 3, 100)) << low << " to " << high;
          for (const Tick& tick : ticks) {
            EXPECT_TRUE(tick.value >= low - 1e-9 * (high - low) && tick.value <= high + 1e-9 * (high - low))
                << tick.value << " in " << low << " to " << high;
          }
        }
      }
    }
  }
}

TEST(Axis, AnyNumbersHaveARangeWithTicks) {
  for (const AxisScale scale : {AxisScale::kLinear, AxisScale::kLog}) {
    for (const double a : kAnyNumbers) {
      for (const double b : kAnyNumbers) {
        const AxisRange range = range_of(std::vector{a, b}, scale);
        EXPECT_GE(ticks_of(range, 7).size(), 2) << a << " and " << b;
        for (const double value : {a, b}) {
          if (!range.can_hold(value)) continue;
          EXPECT_GE(range.fraction(value), 0) << a << " and " << b;
          EXPECT_LE(range.fraction(value), 1) << a << " and " << b;
        }
      }
    }
  }
}

TEST(Axis, WhatHasNoWidthHoldsAllInItsMiddle) {
  EXPECT_EQ((AxisRange{3, 3, AxisScale::kLinear}).fraction(3), 0.5);
  EXPECT_EQ((AxisRange{4, 3, AxisScale::kLog}).fraction(9), 0.5);
}

}  // namespace
}  // namespace vib
