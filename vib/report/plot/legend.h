#pragma once

#include <string>

#include "vib/report/plot/canvas.h"

namespace vib::plot {

/// Pixels that the legend takes above the data of a plot of so many pixels.
double legend_height(const Plot& plot, double width);
/// The names of the series, in rows, above the data. Those beyond a number are counted.
void draw_legend(std::string& svg, const Plot& plot, const Box& place);

}  // namespace vib::plot
