#pragma once

#include <cstdint>
#include <vector>

namespace vib {

/// A point in pixels: x to the right, y down.
struct Point {
  double x;
  double y;
};

using Polyline = std::vector<Point>;

/// The pen's way through a digit: one polyline a stroke.
using Skeleton = std::vector<Polyline>;

constexpr double kHalfWidth = 6;    ///< skeletons fill about [-kHalfWidth, kHalfWidth] in x
constexpr double kHalfHeight = 10;  ///< and [-kHalfHeight, kHalfHeight] in y

constexpr std::int64_t kDigits = 10;
constexpr std::int64_t kDigitStyles = 3;  ///< ways of writing each digit

/// The skeleton of `digit` (0 to 9) in one of its styles (0 to kDigitStyles - 1), centred on the origin and cut into
/// short pieces, so that it may be warped point by point. Throws c10::Error for any other digit or style.
const Skeleton& digit_skeleton(std::int64_t digit, std::int64_t style);

}  // namespace vib
