#include "vib/report/plot/svg_document.h"

#include <fmt/format.h>

#include "vib/report/plot/format.h"

namespace vib {
namespace {

// A colour is a class that sets `color`, and every shape paints in currentColor: browsers, <img> and converters that
// know no CSS variables all follow that. The palette is ordered so that the first few stay furthest apart under every
// colour blindness; each entry has a contrast of at least 3:1 with its paper.
constexpr std::string_view kStyle = R"(<style>
.vib-plot { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.vib-plot text { fill: currentColor; }
.vib-plot .title { font-size: 14px; font-weight: 600; }
.vib-plot .paper { color: #ffffff; } .vib-plot .grid { color: #e6e9ed; }
.vib-plot .muted { color: #59636e; } .vib-plot .ink { color: #1f2328; }
.vib-plot .c0 { color: #3060ce; } .vib-plot .c1 { color: #e1631e; }
.vib-plot .c2 { color: #00a684; } .vib-plot .c3 { color: #8e134d; }
.vib-plot .c4 { color: #735b03; } .vib-plot .c5 { color: #20567e; }
.vib-plot .c6 { color: #a677f2; } .vib-plot .c7 { color: #b26657; }
.vib-plot .c8 { color: #2e4d16; } .vib-plot .c9 { color: #956391; }
@media (prefers-color-scheme: dark) {
.vib-plot .paper { color: #12161c; } .vib-plot .grid { color: #272e38; }
.vib-plot .muted { color: #9aa4b2; } .vib-plot .ink { color: #e6e9ee; }
.vib-plot .c0 { color: #4f8df5; } .vib-plot .c1 { color: #f28f45; }
.vib-plot .c2 { color: #4fe0bb; } .vib-plot .c3 { color: #b5577f; }
.vib-plot .c4 { color: #f4c21a; } .vib-plot .c5 { color: #7eb5e1; }
.vib-plot .c6 { color: #7d71b1; } .vib-plot .c7 { color: #d6452c; }
.vib-plot .c8 { color: #c1e184; } .vib-plot .c9 { color: #fac2f5; }
}
</style>
)";

}  // namespace

std::string svg_document(double width, double height, std::string_view label, std::string_view body) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"vib-plot\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\">\n{3}"
      "<rect class=\"paper\" width=\"100%\" height=\"100%\" fill=\"currentColor\"/>\n{4}</svg>\n",
      width, height, escape_markup(label), kStyle, body);
}

}  // namespace vib
