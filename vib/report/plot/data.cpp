#include "vib/report/plot/data.h"

#include <cmath>

#include "vib/report/plot/format.h"

namespace vib::plot {
namespace {

constexpr std::size_t kManyPoints = 300;  // from here on they are drawn small

using Stretch = std::pair<std::size_t, std::size_t>;  // first, and one past the last

/// The stretches of 0 … size - 1 throughout which `is_drawn(i)`.
template <typename Predicate>
std::vector<Stretch> stretches(std::size_t size, Predicate is_drawn) {
  std::vector<Stretch> found;
  for (std::size_t i = 0; i < size; ++i) {
    if (!is_drawn(i)) continue;
    if (found.empty() || found.back().second != i) found.emplace_back(i, i);
    found.back().second = i + 1;
  }
  return found;
}

void draw_band(std::string& svg, const Series& series, const Frame& frame) {
  const auto is_drawn = [&](std::size_t i) {
    return frame.can_hold(series.x[i], series.y_high[i]) && std::isfinite(series.y_low[i]);
  };
  for (const auto& [first, last] : stretches(series.x.size(), is_drawn)) {
    svg += R"(<path fill="currentColor" fill-opacity="0.16" d=")";
    for (std::size_t i = first; i < last; ++i) {
      append(svg, "{}{:.2f} {:.2f}", i == first ? 'M' : 'L', frame.x(series.x[i]), frame.y(series.y_high[i]));
    }
    for (std::size_t i = last; i-- > first;) {
      append(svg, "L{:.2f} {:.2f}", frame.x(series.x[i]), frame.y(series.y_low[i]));
    }
    svg += "Z\"/>\n";
  }
}

void draw_bars(std::string& svg, const Series& series, const Frame& frame) {
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!frame.can_hold(series.x[i], series.y_high[i]) || !std::isfinite(series.y_low[i])) continue;
    const double x = frame.x(series.x[i]), low = frame.y(series.y_low[i]), high = frame.y(series.y_high[i]);
    append(svg, "<path stroke=\"currentColor\" d=\"M{0:.2f} {1:.2f}h6M{2:.2f} {1:.2f}V{3:.2f}M{0:.2f} {3:.2f}h6\"/>\n",
           x - 3, high, x, low);
  }
}

void draw_x_bars(std::string& svg, const Series& series, const Frame& frame) {
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!frame.can_hold(series.x_high[i], series.y[i]) || !std::isfinite(series.x_low[i])) continue;
    const double y = frame.y(series.y[i]), low = frame.x(series.x_low[i]), high = frame.x(series.x_high[i]);
    append(svg, "<path stroke=\"currentColor\" d=\"M{0:.2f} {1:.2f}v6M{0:.2f} {2:.2f}H{3:.2f}M{3:.2f} {1:.2f}v6\"/>\n",
           low, y - 3, y, high);
  }
}

void draw_line(std::string& svg, const Series& series, const Frame& frame) {
  const auto is_drawn = [&](std::size_t i) { return frame.can_hold(series.x[i], series.y[i]); };
  for (const auto& [first, last] : stretches(series.x.size(), is_drawn)) {
    append(svg, R"(<path fill="none" stroke="currentColor" stroke-width="{}" stroke-linejoin="round" d=")",
           line_width(series));
    for (std::size_t i = first; i < last; ++i) {
      append(svg, "{}{:.2f} {:.2f}", i == first ? 'M' : 'L', frame.x(series.x[i]), frame.y(series.y[i]));
    }
    append(svg, "{}\"{}/>\n", series.mark == Mark::kOutline ? "Z" : "", stroke(series));
  }
}

void draw_points(std::string& svg, const Series& series, const Frame& frame, double radius) {
  const auto is_drawn = [&](std::size_t i) { return frame.can_hold(series.x[i], series.y[i]); };
  for (const auto& [first, last] : stretches(series.x.size(), is_drawn)) {
    if (!has_points(series) && last - first > 1) continue;  // a line of one point would be invisible
    for (std::size_t i = first; i < last; ++i) {
      append(svg, "<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{}\" fill=\"currentColor\"{}/>\n", frame.x(series.x[i]),
             frame.y(series.y[i]), radius, opacity(series, i));
    }
  }
}

}  // namespace

void draw_series(std::string& svg, const Plot& plot, const Frame& frame) {
  std::size_t points = 0;
  for (const Series& series : plot.series) points += has_points(series) ? series.x.size() : 0;
  for (std::size_t i = plot.series.size(); i-- > 0;) {
    const Series& series = plot.series[i];
    append(svg, "<g class=\"{}\">\n", color(plot, i));
    if (has_spread(series) && has_points(series)) draw_bars(svg, series, frame);
    if (has_spread(series) && !has_points(series)) draw_band(svg, series, frame);
    if (has_x_spread(series) && has_points(series)) draw_x_bars(svg, series, frame);
    if (has_line(series)) draw_line(svg, series, frame);
    draw_points(svg, series, frame, points >= kManyPoints || series.mark == Mark::kFaintPoints ? 1.5 : 3);
    svg += "</g>\n";
  }
}

void draw_labels(std::string& svg, const Plot& plot, const Frame& frame) {
  std::vector<Box> taken;
  for (const Reference& reference : plot.references) {
    const double y = frame.y(reference.y);
    taken.push_back({frame.left, y - 1, frame.right, y + 1});
  }
  for (const Series& series : plot.series) {
    if (!has_points(series) || series.mark == Mark::kFaintPoints) continue;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!frame.can_hold(series.x[i], series.y[i])) continue;
      const double x = frame.x(series.x[i]), y = frame.y(series.y[i]);
      taken.push_back({x - 3, y - 3, x + 3, y + 3});
    }
  }
  for (const Series& series : plot.series) {
    for (std::size_t i = 0; i < series.labels.size(); ++i) {
      if (!frame.can_hold(series.x[i], series.y[i])) continue;
      const double width = text_width(series.labels[i]), x = frame.x(series.x[i]), y = frame.y(series.y[i]);
      for (const auto& [left, base] :
           {std::pair(x + 6, y + 14), std::pair(x + 6, y - 6), std::pair(x - 6 - width, y - 6)}) {
        const Box box{left, base - 10, left + width, base + 3};
        if (!lies_within(box, frame) || overlaps_any(box, taken)) continue;
        append(svg, "<text class=\"muted\" x=\"{:.2f}\" y=\"{:.2f}\">{}</text>\n", left, base,
               escape_markup(series.labels[i]));
        taken.push_back(box);
        break;
      }
    }
  }
}

}  // namespace vib::plot
