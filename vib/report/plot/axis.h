#pragma once

#include <span>
#include <string>
#include <vector>

namespace vib {

enum class AxisScale { kLinear, kLog };

/// One axis of a plot; `label` ends with the unit: "rate (bits)".
struct Axis {
  std::string label;
  AxisScale scale = AxisScale::kLinear;
  std::vector<std::string> names = {};  ///< of an x axis: what stands at 1, 2, ... in place of numbers
};

/// The interval an axis shows, and where in it a value lies.
struct AxisRange {
  double low;
  double high;
  AxisScale scale;

  /// Whether an axis of this scale has a place for `value`: not for NaN, infinity and beyond 1e150; on a logarithmic
  /// one not below 1e-150 either.
  bool can_hold(double value) const;

  /// 0 at `low`, 1 at `high`, held within; in the middle of a range that is empty.
  double fraction(double value) const;
};

/// Logarithmic where the numbers span a decade or more and are all above zero, so that the last tenth of a percent is
/// still seen beside ninety. NaN and infinity do not count.
AxisScale scale_for(std::span<const double> values);

/// The interval of those of `values` that the scale can hold, with a little air; a linear axis begins at 0 where its
/// values come near. Constant values lie in its middle, above or below 0; without any it is [0, 1], or [1, 10] on a
/// logarithmic scale.
AxisRange range_of(std::span<const double> values, AxisScale scale);

/// A round number on an axis and how it is written there.
struct Tick {
  double value;
  std::string label;
};

/// At most `most` (held within 3 and 100) round numbers within the range. Linear: multiples of 1, 2 or 5 times a power
/// of ten, only whole ones where `whole`, for axes that count. Logarithmic: 1, 2 and 5 times the powers of ten where
/// these are few enough, else every power, or every n-th; and as if linear where the range is too small for three of
/// them. None in a range that is empty, not finite, or no wider than rounding errors.
std::vector<Tick> ticks_of(const AxisRange& range, int most, bool whole = false);

}  // namespace vib
