#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vib/report/plot/axis.h"

namespace vib {

enum class Mark {
  kLine,
  kDashed,
  kPoints,
  kLineAndPoints,
  kFaintPoints,  ///< small and pale, for what lies behind a mean
  kOutline,      ///< a thin closed curve for each stretch between gaps
};

/// The colour of what is no data of the run's: a bound, a prior.
inline constexpr std::size_t kNeutral = static_cast<std::size_t>(-1);

/// Points (x[i], y[i]) in the order they are joined. A point that has no place on an axis (AxisRange::can_hold) is left
/// out and leaves a gap in the line.
struct Series {
  std::string name;  ///< in the legend; empty: not there
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> y_low = {};  ///< with y_high the spread: a band behind a line, bars at points; empty: none
  std::vector<double> y_high = {};
  std::vector<double> x_low = {};  ///< with x_high the spread along x: bars at points; empty: none
  std::vector<double> x_high = {};
  std::vector<std::string> labels = {};  ///< beside the points, as far as there is room; empty: none
  std::vector<double> strength = {};     ///< of each point's colour, 0 to 1; empty: as the mark has it
  Mark mark = Mark::kLine;
  std::optional<std::size_t> color = {};  ///< place in the palette of 10; absent: the series' own place in the plot
};

/// A horizontal line through the whole plot, named at its right-hand end.
struct Reference {
  std::string label;
  double y = 0;
};

struct Plot {
  std::string title;
  Axis x;
  Axis y;
  std::vector<Series> series = {};  ///< the first lies on top
  std::vector<Reference> references = {};
  bool equal_scale = false;  ///< a unit of x is as long as a unit of y, on linear axes
};

/// The plot as an SVG document of its own: no script, no font, nothing to fetch; light or dark as the reader's system
/// asks. The legend stands above the data, never on it; the picture grows with it, up to 24 entries, "and N more".
/// Whatever the names, the data keep their place: texts that are too long for it lose their middle. The same plot gives
/// the same bytes, in every locale.
/// Throws std::invalid_argument when the columns of a series differ in length.
std::string to_svg(const Plot& plot);

/// Several plots in one picture, two to a row.
std::string to_svg(std::span<const Plot> plots);

/// The numbers the picture is drawn from, exactly, a row for each point: `plot,series,x,y,y_low,y_high`, and
/// `x_low,x_high` where a series has them. An empty field is a number that is not there or not finite; a reference is a
/// row without x. Throws as to_svg.
std::string to_csv(const Plot& plot);
std::string to_csv(std::span<const Plot> plots);

}  // namespace vib
