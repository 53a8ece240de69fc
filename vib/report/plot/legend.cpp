#include "vib/report/plot/legend.h"

#include <optional>

#include "vib/report/plot/format.h"

namespace vib::plot {
namespace {

constexpr double kBetween = 16;  // of entries
constexpr std::size_t kLegendEntries = 24;

struct LegendEntry {
  std::optional<std::size_t> series;  ///< none: it stands for those that there is no place for
  std::string name;
  double left;
  int row;
};

/// The named series, in rows of at most `width`.
std::vector<LegendEntry> legend_of(const Plot& plot, double width) {
  std::vector<LegendEntry> entries;
  double left = 0;
  int row = 0;
  const auto add = [&](std::optional<std::size_t> series, const std::string& name) {
    const double entry_width = kSwatch + kGap + text_width(name);
    if (left > 0 && left + entry_width > width) {
      left = 0;
      ++row;
    }
    entries.push_back({series, name, left, row});
    left += entry_width + kBetween;
  };
  std::size_t more = 0;
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    if (plot.series[i].name.empty()) continue;
    if (entries.size() < kLegendEntries) {
      add(i, plot.series[i].name);
    } else {
      ++more;
    }
  }
  if (more > 0) add(std::nullopt, fmt::format("and {} more", more));
  return entries;
}

/// How the series is drawn, in small, from `x` on.
void draw_swatch(std::string& svg, const Series& series, double x, double y) {
  if (series.mark == Mark::kOutline) {
    append(svg, R"(<ellipse cx="{:.2f}" cy="{:.2f}" rx="{}" ry="5" stroke="currentColor" fill="none"/>)",
           x + kSwatch / 2, y, kSwatch / 2 - 1);
  } else if (has_line(series)) {
    append(svg, R"(<path d="M{:.2f} {:.2f}h{}" stroke="currentColor" stroke-width="2"{}/>)", x, y, kSwatch,
           stroke(series));
  }
  if (has_points(series)) {
    append(svg, R"(<circle cx="{:.2f}" cy="{:.2f}" r="{}" fill="currentColor"{}/>)", x + kSwatch / 2, y,
           series.mark == Mark::kFaintPoints ? 2 : 3.5, opacity(series));
  }
}

}  // namespace

double legend_height(const Plot& plot, double width) {
  const auto entries = legend_of(plot, width - kLeft - kRight);
  return entries.empty() ? 0 : kLineHeight * (entries.back().row + 1) + 4;
}

void draw_legend(std::string& svg, const Plot& plot, const Box& place) {
  for (const LegendEntry& entry : legend_of(plot, place.right - place.left - kLeft - kRight)) {
    const double x = place.left + kLeft + entry.left;
    const double y = place.top + kTop - 4 + kLineHeight * (entry.row + 0.5);
    if (entry.series) {
      append(svg, R"(<g class="{}">)", color(plot, *entry.series));
      draw_swatch(svg, plot.series[*entry.series], x, y);
      svg += "</g>";
    }
    append(svg, "<text class=\"ink\" x=\"{:.2f}\" y=\"{:.2f}\">{}</text>\n", x + kSwatch + kGap, y + 4,
           escape_markup(entry.name));
  }
}

}  // namespace vib::plot
