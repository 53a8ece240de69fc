#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

namespace vib {

/// Images in rows that belong together column by column, as inputs over their reconstructions.
struct ImageGrid {
  std::string title;
  std::vector<std::string> rows;  ///< the name of each row
  torch::Tensor shades;           ///< `[rows, columns, C, H, W]`, 0 black to 1 white; C = 1, or 3: red, green, blue
};

/// The grid as an SVG document of its own, its pixels in one embedded PNG. Throws c10::Error for another shape.
std::string to_svg(const ImageGrid& grid);

/// The numbers the picture is drawn from, a row for each pixel: `row,column,y,x,shade`, or `red,green,blue` for that.
std::string to_csv(const ImageGrid& grid);

}  // namespace vib
