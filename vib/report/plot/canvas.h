#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "vib/core/utf8.h"
#include "vib/report/plot/axis.h"
#include "vib/report/plot/svg.h"

// For the .cpp files of this folder: places on a page, and how a series looks on it.

namespace vib::plot {

constexpr double kLeft = 74, kRight = 20, kTop = 40, kBottom = 48;  // margins around the data
constexpr double kLineHeight = 18;
constexpr double kSwatch = 20, kGap = 6;  // of a legend entry

// A generous mean width of the system fonts at 12 px, since nothing may overlap with whatever font the reader has.
constexpr double kCharacter = 6.4, kTitleCharacter = 8;
inline double text_width(std::string_view text) { return kCharacter * character_count(text); }

template <typename... T>
void append(std::string& svg, fmt::format_string<T...> format, T&&... values) {
  fmt::format_to(std::back_inserter(svg), format, std::forward<T>(values)...);
}

struct Box {
  double left, top, right, bottom;
};

inline bool lies_within(const Box& box, const Box& outer) {
  return box.left >= outer.left && box.right <= outer.right && box.top >= outer.top && box.bottom <= outer.bottom;
}

inline bool overlaps_any(const Box& box, const std::vector<Box>& others) {
  return std::any_of(others.begin(), others.end(), [&](const Box& other) {
    return box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
  });
}

/// Where the data of a plot go on the page.
struct Frame : Box {
  AxisRange x_range, y_range;

  bool can_hold(double x, double y) const { return x_range.can_hold(x) && y_range.can_hold(y); }
  double x(double value) const { return left + (right - left) * x_range.fraction(value); }
  double y(double value) const { return bottom - (bottom - top) * y_range.fraction(value); }
};

inline bool has_points(const Series& series) {
  return series.mark == Mark::kPoints || series.mark == Mark::kLineAndPoints || series.mark == Mark::kFaintPoints;
}
inline bool has_line(const Series& series) { return !has_points(series) || series.mark == Mark::kLineAndPoints; }
inline bool has_spread(const Series& series) { return !series.y_low.empty(); }
inline bool has_x_spread(const Series& series) { return !series.x_low.empty(); }
/// How a line is drawn beyond its colour and width.
inline std::string_view stroke(const Series& series) {
  if (series.mark == Mark::kDashed) return R"( stroke-dasharray="5 4")";
  return series.mark == Mark::kOutline ? R"( stroke-opacity="0.6")" : "";
}
inline int line_width(const Series& series) { return series.mark == Mark::kOutline ? 1 : 2; }

inline std::string_view opacity(const Series& series) {
  return series.mark == Mark::kFaintPoints && series.strength.empty() ? R"( fill-opacity="0.45")" : "";
}
inline std::string opacity(const Series& series, std::size_t point) {
  if (series.strength.empty()) return std::string(opacity(series));
  return fmt::format(R"( fill-opacity="{:.2f}")", series.strength[point]);
}

/// The CSS class of a series' colour.
inline std::string color(const Plot& plot, std::size_t series) {
  const std::size_t place = plot.series[series].color.value_or(series);
  return place == kNeutral ? "ink" : fmt::format("c{}", place % 10);
}

}  // namespace vib::plot
