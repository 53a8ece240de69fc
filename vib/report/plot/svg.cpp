#include "vib/report/plot/svg.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "vib/core/csv.h"
#include "vib/report/plot/data.h"
#include "vib/report/plot/format.h"
#include "vib/report/plot/legend.h"
#include "vib/report/plot/svg_document.h"

namespace vib {

using namespace plot;  // NOLINT: the room's own

namespace {

struct Size {
  double width, height;
};
constexpr Size kAlone{640, 400}, kSquare{640, 640}, kInRow{480, 310};

constexpr double kAxisLabel = 40;                    // of kLeft, for the name of the y axis
constexpr double kLegendRoom = 3 * kLineHeight + 4;  // what a legend may take of the plot; for more, this grows

void check(const Plot& plot) {
  for (const Series& series : plot.series) {
    const std::size_t n = series.x.size();
    const auto is_all_or_nothing = [n](const auto& column) { return column.empty() || column.size() == n; };
    if (series.y.size() != n || !is_all_or_nothing(series.y_low) || !is_all_or_nothing(series.x_low) ||
        !is_all_or_nothing(series.labels) || !is_all_or_nothing(series.strength) ||
        series.y_low.size() != series.y_high.size() || series.x_low.size() != series.x_high.size()) {
      throw std::invalid_argument(
          fmt::format("series '{}': {} x, {} y, {} y_low, {} y_high, {} x_low, {} x_high, {} labels, {} strengths",
                      series.name, n, series.y.size(), series.y_low.size(), series.y_high.size(), series.x_low.size(),
                      series.x_high.size(), series.labels.size(), series.strength.size()));
    }
  }
}

std::vector<double> all_x(const Plot& plot) {
  std::vector<double> values;
  for (const Series& series : plot.series) {
    for (const auto* column : {&series.x, &series.x_low, &series.x_high}) {
      values.insert(values.end(), column->begin(), column->end());
    }
  }
  return values;
}

std::vector<double> all_y(const Plot& plot) {
  std::vector<double> values;
  for (const Series& series : plot.series) {
    for (const auto* column : {&series.y, &series.y_low, &series.y_high}) {
      values.insert(values.end(), column->begin(), column->end());
    }
  }
  for (const Reference& reference : plot.references) values.push_back(reference.y);
  return values;
}

// ---- axes -----------------------------------------------------------------------------------------------------------

/// Names that are too long for their share of the axis lose their middle.
std::vector<Tick> name_ticks(const std::vector<std::string>& names, double width) {
  std::vector<Tick> ticks;
  for (const auto& name : names)
    ticks.push_back(
        {static_cast<double>(ticks.size() + 1),
         escape_markup(abbreviated(name, static_cast<int>(width / static_cast<double>(names.size()) / kCharacter)))});
  return ticks;
}

std::vector<Tick> x_ticks(const Plot& plot, const Frame& frame) {
  if (!plot.x.names.empty()) return name_ticks(plot.x.names, frame.right - frame.left);
  const auto xs = all_x(plot);
  const bool counts =
      std::all_of(xs.begin(), xs.end(), [](double x) { return !std::isfinite(x) || x == std::floor(x); });
  return ticks_of(frame.x_range, static_cast<int>((frame.right - frame.left) / 50), counts);
}

std::vector<Tick> y_ticks(const Frame& frame) {
  return ticks_of(frame.y_range, static_cast<int>((frame.bottom - frame.top) / 26));
}

void draw_grid(std::string& svg, const Plot& plot, const Frame& frame) {
  for (const Tick& tick : x_ticks(plot, frame)) {
    const double x = frame.x(tick.value);
    append(svg, R"(<path class="grid" d="M{:.2f} {:.2f}V{:.2f}" stroke="currentColor"/>)", x, frame.top, frame.bottom);
    append(svg, "<text class=\"muted\" x=\"{:.2f}\" y=\"{:.2f}\" text-anchor=\"middle\">{}</text>\n", x,
           frame.bottom + 17, tick.label);
  }
  for (const Tick& tick : y_ticks(frame)) {
    const double y = frame.y(tick.value);
    append(svg, R"(<path class="grid" d="M{:.2f} {:.2f}H{:.2f}" stroke="currentColor"/>)", frame.left, y, frame.right);
    append(svg, "<text class=\"muted\" x=\"{:.2f}\" y=\"{:.2f}\" text-anchor=\"end\">{}</text>\n", frame.left - 8,
           y + 4, tick.label);
  }
}

void draw_axes(std::string& svg, const Plot& plot, const Frame& frame, double page_left) {
  append(svg, "<path class=\"muted\" d=\"M{:.2f} {:.2f}V{:.2f}H{:.2f}\" stroke=\"currentColor\" fill=\"none\"/>\n",
         frame.left, frame.top, frame.bottom, frame.right);
  append(svg, "<text class=\"muted\" x=\"{:.2f}\" y=\"{:.2f}\" text-anchor=\"middle\">{}</text>\n",
         (frame.left + frame.right) / 2, frame.bottom + 36, escape_markup(plot.x.label));
  append(svg,
         "<text class=\"muted\" transform=\"translate({:.2f} {:.2f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
         page_left + 18, (frame.top + frame.bottom) / 2, escape_markup(plot.y.label));
}

/// Horizontal lines, their names in the margin on the right, pushed apart where two lines are close, as far as there is
/// room.
void draw_references(std::string& svg, const Plot& plot, const Frame& frame) {
  std::vector<std::pair<double, std::string>> labels;
  for (const Reference& reference : plot.references) {
    if (!frame.y_range.can_hold(reference.y)) continue;
    const double y = frame.y(reference.y);
    append(svg, "<path class=\"ink\" d=\"M{:.2f} {:.2f}H{:.2f}\" stroke=\"currentColor\" stroke-dasharray=\"2 3\"/>\n",
           frame.left, y, frame.right);
    labels.emplace_back(y, escape_markup(reference.label));
  }
  std::stable_sort(labels.begin(), labels.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  double lowest_free = frame.top;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double y = std::max(labels[i].first, lowest_free);
    lowest_free = y + kLineHeight - 3;
    const bool is_last = lowest_free > frame.bottom + kBottom - kLineHeight && i + 1 < labels.size();
    append(svg, "<text class=\"ink\" x=\"{:.2f}\" y=\"{:.2f}\">{}</text>\n", frame.right + kGap, y + 4,
           is_last ? fmt::format("and {} more", labels.size() - i) : labels[i].second);
    if (is_last) return;
  }
}

// ---- page -----------------------------------------------------------------------------------------------------------

/// `plot` with texts that leave the data their place.
Plot with_short_texts(Plot plot, const Size& size) {
  const auto shorten = [](std::string& text, double width, double character = kCharacter) {
    text = abbreviated(text, static_cast<int>(width / character));
  };
  const double width = size.width - kLeft - kRight;
  shorten(plot.title, width, kTitleCharacter);
  shorten(plot.x.label, width - kLeft);
  shorten(plot.y.label, size.height - kTop - kBottom - kLegendRoom);
  for (Series& series : plot.series) shorten(series.name, width - kSwatch - kGap);
  for (Reference& reference : plot.references) shorten(reference.label, 0.3 * size.width);
  return plot;
}

/// Widens the range of one axis so that a unit takes as many pixels on both.
void equalize(Frame& frame) {
  const double width = frame.right - frame.left, height = frame.bottom - frame.top;
  const double unit =
      std::min(width / (frame.x_range.high - frame.x_range.low), height / (frame.y_range.high - frame.y_range.low));
  const auto widen = [unit](AxisRange& range, double pixels) {
    const double middle = (range.low + range.high) / 2;
    range = {middle - pixels / unit / 2, middle + pixels / unit / 2, range.scale};
  };
  widen(frame.x_range, width);
  widen(frame.y_range, height);
}

/// The frame within `place`: its margins widen for long tick labels and for the names of references.
Frame frame_in(const Box& place, const Plot& plot, double legend_height) {
  auto xs = all_x(plot);
  // Half a place beyond the first and the last name.
  if (!plot.x.names.empty()) xs.insert(xs.end(), {0.5, static_cast<double>(plot.x.names.size()) + 0.5});
  Frame frame{{place.left + kLeft, place.top + kTop + legend_height, place.right - kRight, place.bottom - kBottom},
              range_of(xs, plot.x.scale),
              range_of(all_y(plot), plot.y.scale)};
  for (const Tick& tick : y_ticks(frame)) {
    frame.left = std::max(frame.left, place.left + kAxisLabel + text_width(tick.label));
  }
  for (const Reference& reference : plot.references) {
    frame.right = std::min(frame.right, place.right - text_width(reference.label) - 2 * kGap);
  }
  if (plot.equal_scale && plot.x.scale == AxisScale::kLinear && plot.y.scale == AxisScale::kLinear) equalize(frame);
  return frame;
}

bool is_empty(const Plot& plot, const Frame& frame) {
  for (const Series& series : plot.series) {
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (frame.can_hold(series.x[i], series.y[i])) return false;
    }
  }
  return true;
}

void draw_plot(std::string& svg, const Plot& plot, const Box& place, double legend_height) {
  const Frame frame = frame_in(place, plot, legend_height);
  append(svg, "<text class=\"ink title\" x=\"{:.2f}\" y=\"{:.2f}\">{}</text>\n", place.left + kLeft, place.top + 26,
         escape_markup(plot.title));
  draw_legend(svg, plot, place);
  if (is_empty(plot, frame)) {
    append(svg, "<text class=\"muted\" x=\"{:.2f}\" y=\"{:.2f}\" text-anchor=\"middle\">no data</text>\n",
           (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2);
  } else {
    draw_grid(svg, plot, frame);
    draw_references(svg, plot, frame);
    draw_series(svg, plot, frame);
    draw_labels(svg, plot, frame);
  }
  draw_axes(svg, plot, frame, place.left);
}

std::string titles(std::span<const Plot> plots) {
  std::string text;
  for (const Plot& plot : plots) text += (text.empty() ? "" : "; ") + plot.title;
  return text;
}

}  // namespace

std::string to_svg(const Plot& plot) { return to_svg(std::span(&plot, 1)); }

std::string to_svg(std::span<const Plot> plots) {
  for (const Plot& plot : plots) check(plot);
  const std::size_t columns = std::clamp<std::size_t>(plots.size(), 1, 2);
  const Size alone = plots.size() == 1 && plots.front().equal_scale ? kSquare : kAlone;
  const Size size = columns == 1 ? alone : kInRow;
  std::string svg;
  double top = 0;
  for (std::size_t first = 0; first < plots.size(); first += columns) {
    std::vector<Plot> row;
    double legend = 0;  // the highest in the row, so that its frames are level
    for (const Plot& plot : plots.subspan(first, std::min(columns, plots.size() - first))) {
      row.push_back(with_short_texts(plot, size));
      legend = std::max(legend, legend_height(row.back(), size.width));
    }
    const double bottom = top + size.height + std::max(0.0, legend - kLegendRoom);
    double left = 0;
    for (const Plot& plot : row) {
      draw_plot(svg, plot, {left, top, left + size.width, bottom}, legend);
      left += size.width;
    }
    top = bottom;
  }
  return svg_document(size.width * static_cast<double>(columns), top, titles(plots), svg);
}

std::string to_csv(const Plot& plot) { return to_csv(std::span(&plot, 1)); }

std::string to_csv(std::span<const Plot> plots) {
  bool with_x_spread = false;
  for (const Plot& plot : plots) {
    check(plot);
    with_x_spread |= std::any_of(plot.series.begin(), plot.series.end(), has_x_spread);
  }
  std::string csv = with_x_spread ? "plot,series,x,y,y_low,y_high,x_low,x_high\n" : "plot,series,x,y,y_low,y_high\n";
  for (const Plot& plot : plots) {
    for (const Series& series : plot.series) {
      for (std::size_t i = 0; i < series.x.size(); ++i) {
        append(csv, "{},{},{},{},", csv_field(plot.title), csv_field(series.name), csv_field(series.x[i]),
               csv_field(series.y[i]));
        csv += has_spread(series) ? csv_field(series.y_low[i]) + ',' + csv_field(series.y_high[i]) : ",";
        if (has_x_spread(series)) csv += ',' + csv_field(series.x_low[i]) + ',' + csv_field(series.x_high[i]);
        csv += with_x_spread && !has_x_spread(series) ? ",,\n" : "\n";
      }
    }
    for (const Reference& reference : plot.references) {
      append(csv, "{},{},,{},,{}\n", csv_field(plot.title), csv_field(reference.label), csv_field(reference.y),
             with_x_spread ? ",," : "");
    }
  }
  return csv;
}

}  // namespace vib
