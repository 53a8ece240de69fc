#pragma once

#include <string>
#include <string_view>

namespace vib {

/// `body` as an SVG document on paper, with the classes that everything drawn takes its colours from (`paper`, `ink`,
/// `muted`, `grid`, `c0` to `c9`: each sets `color`, so shapes paint in currentColor), light or dark as the reader's
/// system asks. `label`: what a screen reader says of it, plain text.
std::string svg_document(double width, double height, std::string_view label, std::string_view body);

}  // namespace vib
