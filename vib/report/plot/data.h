#pragma once

#include <string>

#include "vib/report/plot/canvas.h"

namespace vib::plot {

/// Bands, bars, lines and points. The first series comes last, to lie on top.
void draw_series(std::string& svg, const Plot& plot, const Frame& frame);
/// Names beside points, each where it covers neither another name nor a point nor a reference; where there is no such
/// place it is left out.
void draw_labels(std::string& svg, const Plot& plot, const Frame& frame);

}  // namespace vib::plot
