#include "vib/report/plot/svg.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "vib/core/csv.h"
#include "vib/core/utf8.h"
#include "vib/report/plot/format.h"
#include "vib/report/plot/svg_document.h"

namespace vib {
namespace {

constexpr std::size_t kColors = 10;

struct Size {
  double width, height;
};
constexpr Size kAlone{640, 400}, kSquare{640, 640}, kInRow{480, 310};

constexpr double kLeft = 74, kRight = 20, kTop = 40, kBottom = 48;  // margins around the data
constexpr double kAxisLabel = 40;                                   // of kLeft, for the name of the y axis
constexpr double kLineHeight = 18;
constexpr double kSwatch = 20, kGap = 6, kBetween = 16;  // of a legend entry
constexpr double kLegendRoom = 3 * kLineHeight + 4;      // what a legend may take of the plot; for more, this grows
constexpr std::size_t kLegendEntries = 24;
constexpr std::size_t kManyPoints = 300;  // from here on they are drawn small

// A generous mean width of the system fonts at 12 px, since nothing may overlap with whatever font the reader has.
constexpr double kCharacter = 6.4, kTitleCharacter = 8;
double text_width(std::string_view text) { return kCharacter * character_count(text); }

template <typename... T>
void append(std::string& svg, fmt::format_string<T...> format, T&&... values) {
  fmt::format_to(std::back_inserter(svg), format, std::forward<T>(values)...);
}

struct Box {
  double left, top, right, bottom;
};

bool lies_within(const Box& box, const Box& outer) {
  return box.left >= outer.left && box.right <= outer.right && box.top >= outer.top && box.bottom <= outer.bottom;
}

bool overlaps_any(const Box& box, const std::vector<Box>& others) {
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

bool has_points(const Series& series) {
  return series.mark == Mark::kPoints || series.mark == Mark::kLineAndPoints || series.mark == Mark::kFaintPoints;
}
bool has_line(const Series& series) { return !has_points(series) || series.mark == Mark::kLineAndPoints; }
bool has_spread(const Series& series) { return !series.y_low.empty(); }
bool has_x_spread(const Series& series) { return !series.x_low.empty(); }
/// How a line is drawn beyond its colour and width.
std::string_view stroke(const Series& series) {
  if (series.mark == Mark::kDashed) return R"( stroke-dasharray="5 4")";
  return series.mark == Mark::kOutline ? R"( stroke-opacity="0.6")" : "";
}
int line_width(const Series& series) { return series.mark == Mark::kOutline ? 1 : 2; }

std::string_view opacity(const Series& series) {
  return series.mark == Mark::kFaintPoints ? R"( fill-opacity="0.45")" : "";
}

/// The CSS class of a series' colour.
std::string color(const Plot& plot, std::size_t series) {
  const std::size_t place = plot.series[series].color.value_or(series);
  return place == kNeutral ? "ink" : fmt::format("c{}", place % kColors);
}

void check(const Plot& plot) {
  for (const Series& series : plot.series) {
    const std::size_t n = series.x.size();
    const auto is_all_or_nothing = [n](const auto& column) { return column.empty() || column.size() == n; };
    if (series.y.size() != n || !is_all_or_nothing(series.y_low) || !is_all_or_nothing(series.x_low) ||
        !is_all_or_nothing(series.labels) || series.y_low.size() != series.y_high.size() ||
        series.x_low.size() != series.x_high.size()) {
      throw std::invalid_argument(
          fmt::format("series '{}': {} x, {} y, {} y_low, {} y_high, {} x_low, {} x_high, {} labels", series.name, n,
                      series.y.size(), series.y_low.size(), series.y_high.size(), series.x_low.size(),
                      series.x_high.size(), series.labels.size()));
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

// ---- legend ---------------------------------------------------------------------------------------------------------

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

double legend_height(const Plot& plot, double width) {
  const auto entries = legend_of(plot, width - kLeft - kRight);
  return entries.empty() ? 0 : kLineHeight * (entries.back().row + 1) + 4;
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

// ---- axes -----------------------------------------------------------------------------------------------------------

std::vector<Tick> x_ticks(const Plot& plot, const Frame& frame) {
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

// ---- data -----------------------------------------------------------------------------------------------------------

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
             frame.y(series.y[i]), radius, opacity(series));
    }
  }
}

/// The first series comes last, to lie on top.
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

/// Names beside points, each where it covers neither another name nor a point nor a reference; where there is no such
/// place it is left out.
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
  Frame frame{{place.left + kLeft, place.top + kTop + legend_height, place.right - kRight, place.bottom - kBottom},
              range_of(all_x(plot), plot.x.scale),
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
