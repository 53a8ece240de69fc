#include "vib/data/sets/digit_strokes.h"

#include <array>
#include <cstddef>

#include <c10/util/Exception.h>

namespace vib {
namespace {

constexpr int kPieces = 5;  // between two points

/// Straight from point to point.
Polyline line(const Polyline& points) {
  Polyline pieces{points[0]};
  for (std::size_t i = 1; i < points.size(); ++i) {
    const Point a = points[i - 1];
    const Point b = points[i];
    for (int k = 1; k <= kPieces; ++k) {
      const double t = static_cast<double>(k) / kPieces;
      pieces.push_back({a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)});
    }
  }
  return pieces;
}

/// One span of a uniform Catmull-Rom spline: from `b` (t = 0) to `c` (t = 1), with `a` and `d` their neighbours.
double spline(double a, double b, double c, double d, double t) {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/// Smoothly through the points; closed where the first is also the last.
Polyline curve(const Polyline& points) {
  const std::size_t last = points.size() - 1;
  const bool closed = points[0].x == points[last].x && points[0].y == points[last].y;
  Polyline pieces{points[0]};
  for (std::size_t i = 0; i < last; ++i) {
    const Point b = points[i];
    const Point c = points[i + 1];
    const Point a = i > 0 ? points[i - 1] : points[closed ? last - 1 : 0];
    const Point d = i + 1 < last ? points[i + 2] : points[closed ? 1 : last];
    for (int k = 1; k <= kPieces; ++k) {
      const double t = static_cast<double>(k) / kPieces;
      pieces.push_back({spline(a.x, b.x, c.x, d.x, t), spline(a.y, b.y, c.y, d.y, t)});
    }
  }
  return pieces;
}

using Styles = std::array<Skeleton, kDigitStyles>;

// clang-format off

Styles zero() {
  const Polyline oval = curve({{0, -10}, {-4, -7}, {-5.5, 0}, {-4, 7}, {0, 10}, {4, 7}, {5.5, 0}, {4, -7}, {0, -10}});
  return {{
      {oval},
      {curve({{2, -9}, {-2.5, -8}, {-5, -1}, {-3.5, 7}, {0.5, 9.8}, {4.5, 5}, {5, -2}, {2.5, -8}, {-2, -10}})},
      {oval, line({{5, -9}, {-5, 9}})},
  }};
}

Styles one() {
  return {{
      {line({{0, -10}, {0, 10}})},
      {line({{-4, -5.5}, {0.5, -10}, {0.5, 10}})},
      {line({{-4, -6}, {0, -10}, {0, 10}}), line({{-4.5, 10}, {4.5, 10}})},
  }};
}

Styles two() {
  return {{
      {curve({{-5.5, -5.5}, {-3.5, -9}, {0.5, -10}, {4.5, -8}, {5, -4}, {2, 1}, {-2, 5.5}, {-6, 10}}),
       line({{-6, 10}, {6, 10}})},
      {curve({{-5, -6.5}, {-1.5, -9.8}, {3.5, -8.5}, {4.5, -4}, {1.5, 2}, {-2.5, 7.5},
              {-5.2, 8.8}, {-5.2, 6}, {-1.5, 6.8}, {2, 9.2}, {6, 8.5}})},
      {line({{-5, -9}, {4.5, -9}, {-5, 9.5}, {5.5, 9.5}})},
  }};
}

Styles three() {
  return {{
      {curve({{-5, -7}, {-1.5, -10}, {3.5, -9}, {4.5, -5.5}, {2, -1.8}, {-1.5, -0.8}}),
       curve({{-1.5, -0.8}, {3.5, 0.8}, {5.5, 4.5}, {3.5, 8.8}, {-1, 10}, {-5.5, 7.5}})},
      {line({{-5, -9.5}, {4.5, -9.5}, {-1, -2.5}}),
       curve({{-1, -2.5}, {3.5, -1}, {5.5, 3.5}, {3.5, 8.5}, {-1, 10}, {-5.5, 8}})},
      {curve({{-5, -8}, {-0.5, -10}, {3.8, -7.5}, {2.5, -3}, {-2, -1.2}, {-3, 0.5},
              {-1.5, 1}, {-0.5, -0.5}, {3.5, 0.8}, {5.2, 5}, {1.5, 9.8}, {-5, 8.5}})},
  }};
}

Styles four() {
  return {{
      {line({{-2, -10}, {-6, 3}, {6, 3}}), line({{3, -5}, {3, 10}})},
      {line({{3, 10}, {3, -10}, {-6, 4}, {6, 4}})},
      {curve({{-5, -9}, {-5.5, -3.5}, {-3.5, 0}, {0.5, 0.5}, {4.2, -1}}), line({{4.8, -9.5}, {3.5, 10}})},
  }};
}

Styles five() {
  return {{
      {line({{5, -10}, {-4, -10}, {-4.5, -1.5}}),
       curve({{-4.5, -1.5}, {0, -3.2}, {4.5, -0.5}, {5.2, 4}, {3, 8.5}, {-1.5, 10}, {-5.5, 8}})},
      {curve({{5, -9}, {0, -10}, {-4.5, -7.5}, {-3.5, -2.5}, {2, -0.5}, {5, 4}, {2.5, 9}, {-5.5, 9}})},
      {line({{-1.5, -9}, {5.5, -10}}),
       curve({{-2, -8.5}, {-3, -1}, {1.5, -0.5}, {4, 3.5}, {2.5, 8}, {-1, 9.8}, {-5, 9.8}})},
  }};
}

Styles six() {
  return {{
      {curve({{4, -9}, {-1, -7.5}, {-5, -1}, {-5.2, 5}, {-2, 9.7},
              {2.5, 9.3}, {5.2, 5}, {3, 0.8}, {-1.5, 0.8}, {-5, 4.5}})},
      {curve({{1.5, -10}, {-3, -3}, {-5.5, 4}, {-3, 9.2}, {2, 9.8}, {5, 6}, {3, 2.2}, {-1, 2.5}, {-4.5, 6.5}})},
      {curve({{-3, -10}, {-5, -2}, {-5, 6}, {-1, 10}, {4, 8}, {4.5, 2.5}, {0.5, -0.5}, {-4.5, 3}})},
  }};
}

Styles seven() {
  return {{
      {line({{-5.5, -9.5}, {5.5, -9.5}, {-2, 10}})},
      {line({{-5.5, -9}, {5.5, -9.5}, {-1, 10}}), line({{-3.5, 0}, {5, 0}})},
      {line({{-5.5, -6}, {-5, -9.5}, {5.5, -9.5}}), curve({{5.5, -9.5}, {1.5, -3}, {-0.5, 3}, {-1, 10}})},
  }};
}

Styles eight() {
  return {{
      {curve({{0, -10}, {-3.6, -7.5}, {-3.6, -3}, {0, -0.6}, {3.6, -3}, {3.6, -7.5}, {0, -10}}),
       curve({{0, -0.6}, {-4.8, 2}, {-4.8, 7.4}, {0, 10}, {4.8, 7.4}, {4.8, 2}, {0, -0.6}})},
      {curve({{0, -10}, {-4.2, -7.5}, {-3.5, -3}, {0, 0}, {4.5, 3.5}, {4.5, 8}, {0, 10},
              {-4.5, 8}, {-4.5, 3.5}, {0, 0}, {3.5, -3}, {4.2, -7.5}, {0, -10}})},
      {curve({{4.5, -8.5}, {0, -10}, {-4, -7}, {-2.5, -2.5}, {2.5, 1.5}, {4.8, 6}, {0.5, 10},
              {-4.5, 7.5}, {-3.5, 2.5}, {1, -1.5}, {5, -6.5}})},
  }};
}

Styles nine() {
  return {{
      {curve({{4.3, -5}, {2, -9.5}, {-2.5, -9.5}, {-5, -5}, {-2.5, -0.8}, {2, -0.8}, {4.3, -5}}),
       line({{4.5, -9}, {3.5, 10}})},
      {curve({{4.5, -6}, {1, -10}, {-4, -8}, {-4.5, -3}, {-1, -0.5},
              {3.5, -2.5}, {4.7, -7}, {4.8, 2}, {2, 9}, {-4, 9}})},
      {curve({{-3, 9.5}, {1.5, 7}, {4.8, 1}, {5.2, -5}, {2, -9.7},
              {-2.5, -9.3}, {-5.2, -5}, {-3, -0.8}, {1.5, -0.8}, {5, -4.5}})},
  }};
}

// clang-format on

}  // namespace

const Skeleton& digit_skeleton(std::int64_t digit, std::int64_t style) {
  static const std::array<Styles, kDigits> skeletons{zero(), one(), two(),   three(), four(),
                                                     five(), six(), seven(), eight(), nine()};
  TORCH_CHECK(0 <= digit && digit < kDigits, "digit_skeleton: digit is ", digit, ", must be 0 to ", kDigits - 1);
  TORCH_CHECK(0 <= style && style < kDigitStyles, "digit_skeleton: style is ", style, ", must be 0 to ",
              kDigitStyles - 1);
  return skeletons[digit][style];
}

}  // namespace vib
