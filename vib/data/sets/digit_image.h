#pragma once

#include <array>
#include <cstdint>

namespace vib {

constexpr std::int64_t kDigitSide = 28;  ///< an image's height and width in pixels

/// Grey levels from 0 (black) to 1 (white), row by row.
using DigitImage = std::array<double, kDigitSide * kDigitSide>;

/// How a digit is written: everything about its image but the digit itself and the draw of the noise.
///
/// A skeleton's point (x, y), in pixels from the centre and y down, is first warped, with u = x / kHalfWidth and
/// v = y / kHalfHeight, then scaled, sheared, rotated and shifted:
///
///     x' = (1 + taper v) x + bend (½ - v²)
///     y' = y + waist (1 - v²) + arch (u² - ½)
///
///     [ cos  -sin ] [ 1  shear ] [ scale_x x' ]   [ shift_x ]
///     [ sin   cos ] [ 0    1   ] [ scale_y y' ] + [ shift_y ]      at the angle `rotation`
struct DigitFactors {
  std::int64_t style = 0;  ///< which of the digit's skeletons
  double bend = 0;         ///< pixels by which the middle bulges to the right of both ends
  double taper = 0;        ///< widening towards the bottom
  double waist = 0;        ///< pixels by which the middle is lowered
  double arch = 0;         ///< pixels by which the middle is raised above both sides
  double scale_x = 1;
  double scale_y = 1;
  double shear = 0;      ///< pixels to the right for each pixel down
  double rotation = 0;   ///< radians, clockwise
  double shift_x = 0;    ///< pixels to the right
  double shift_y = 0;    ///< pixels down
  double thickness = 2;  ///< of the stroke, in pixels
  double blur = 0;       ///< standard deviation of a Gaussian, in pixels
  double noise = 0;      ///< standard deviation of what is added to each grey level
};

/// Draws `digit` with a round pen, antialiased, and blurs it; noise is left to the caller. What leaves the image is cut
/// off. Throws c10::Error for a digit or style that does not exist.
DigitImage draw_digit(std::int64_t digit, const DigitFactors& factors);

}  // namespace vib
