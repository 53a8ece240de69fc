#include "vib/report/sweep_plots.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/evaluate/metric_info.h"
#include "vib/report/metric_title.h"
#include "vib/sweep/cases.h"
#include "vib/sweep/points.h"

namespace vib {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The points that a line joins: they differ in the key of the x axis alone.
struct Line {
  std::string name;  ///< empty where there is but one
  std::vector<SweepPoint> points;
};

/// The points of a sweep as the pictures take them.
struct Lines {
  std::vector<std::string> keys;
  std::optional<std::size_t> x_key;  ///< place in `keys`
  std::vector<Line> lines;

  std::vector<std::string> cases;  ///< the names along the x axis, where that is the cases'

  bool over_beta() const { return x_key && keys[*x_key] == kBetaKey; }
  const std::string& x_setting(const SweepPoint& point) const { return point.settings[*x_key]; }
  double x(const SweepPoint& point) const {
    if (cases.empty()) return number_in(x_setting(point)).value_or(kNaN);
    return static_cast<double>(std::ranges::find(cases, x_setting(point)) - cases.begin() + 1);
  }
};

/// Whether the key's values are numbers, and more than one. That of β means nothing to a deterministic model, and what
/// is below it is empty there.
bool is_numeric_axis(const std::string& key, const std::vector<SweepPoint>& points, std::size_t place) {
  std::set<double> values;
  for (const SweepPoint& point : points) {
    if (point.deterministic && (key == kBetaKey || point.settings[place].empty())) continue;
    const auto value = number_in(point.settings[place]);
    if (!value) return false;
    values.insert(*value);
  }
  return values.size() > 1;
}

std::optional<std::size_t> x_key_of(const std::vector<std::string>& keys, const std::vector<SweepPoint>& points) {
  std::optional<std::size_t> first;
  for (std::size_t i = keys.size(); i-- > 0;) {
    if (!is_numeric_axis(keys[i], points, i)) continue;
    if (keys[i] == kBetaKey) return i;
    first = i;
  }
  const auto cases = std::ranges::find(keys, kCaseKey);
  if (!first && cases != keys.end()) first = static_cast<std::size_t>(cases - keys.begin());
  return first;
}

bool over_cases(const Lines& all) { return all.x_key && all.keys[*all.x_key] == kCaseKey; }

Lines lines_of(const SweepResults& results) {
  const auto points = points_of(results);
  Lines all{results.keys, x_key_of(results.keys, points), {}, {}};
  for (const SweepPoint& point : points) {
    if (over_cases(all) && (all.cases.empty() || all.cases.back() != all.x_setting(point)))
      all.cases.push_back(all.x_setting(point));
    const std::string name = describe_point(all.keys, point, all.x_key ? all.keys[*all.x_key] : "");
    auto line = std::find_if(all.lines.begin(), all.lines.end(), [&](const Line& l) { return l.name == name; });
    if (line == all.lines.end()) line = all.lines.insert(line, {name, {}});
    line->points.push_back(point);
  }
  return all;
}

/// The lines with those points alone of which `is_drawn` is true.
template <typename Predicate>
std::vector<Line> filtered(std::vector<Line> lines, Predicate is_drawn) {
  for (Line& line : lines) std::erase_if(line.points, [&](const SweepPoint& point) { return !is_drawn(point); });
  std::erase_if(lines, [](const Line& line) { return line.points.empty(); });
  return lines;
}

/// A number of the test split.
struct Quantity {
  std::string key;
  double factor = 1;
};

void append(const SweepPoint& point, const Quantity& quantity, std::vector<double>& mean, std::vector<double>& low,
            std::vector<double>& high) {
  const Statistic statistic = point.test(quantity.key);
  mean.push_back(quantity.factor * statistic.mean);
  low.push_back(quantity.factor * (statistic.mean - statistic.sd));
  high.push_back(quantity.factor * (statistic.mean + statistic.sd));
}

/// The means of a line, with bars; x is left to the caller.
Series means_of(const Line& line, const Quantity& quantity, std::size_t color, Mark mark) {
  Series series{.name = line.name, .x = {}, .y = {}, .mark = mark, .color = color};
  for (const SweepPoint& point : line.points) append(point, quantity, series.y, series.y_low, series.y_high);
  return series;
}

/// `quantity` of every trial of a line.
std::vector<double> of_each_seed(const Line& line, const Quantity& quantity) {
  std::vector<double> values;
  for (const SweepPoint& point : line.points) {
    for (const SweepTrial& trial : point.trials)
      values.push_back(quantity.factor * number_of(trial.test, quantity.key));
  }
  return values;
}

/// Behind a single line its seeds are drawn, and the legend says what is what; behind several they would be a cloud.
void add_seeds(Plot& plot, const Line& line, std::vector<double> x, const Quantity& quantity) {
  std::size_t most = 0;
  for (const SweepPoint& point : line.points) most = std::max(most, point.trials.size());
  if (most < 2) return;
  plot.series.front().name = fmt::format("mean ± sd of {} seeds", most);
  plot.series.push_back({.name = "each seed",
                         .x = std::move(x),
                         .y = of_each_seed(line, quantity),
                         .mark = Mark::kFaintPoints,
                         .color = plot.series.front().color});
}

std::vector<double> all_y(const Plot& plot) {
  std::vector<double> values;
  for (const Series& series : plot.series) values.insert(values.end(), series.y.begin(), series.y.end());
  for (const Reference& reference : plot.references) values.push_back(reference.y);
  return values;
}

/// What a horizontal line is called: "deterministic" or "β = 0", and the values of the other keys.
std::string apart_name(const Lines& all, const SweepPoint& point) {
  std::vector<std::string> parts;
  if (!point.deterministic) parts.push_back(fmt::format("{} = 0", name_of(all.keys[*all.x_key])));
  if (point.deterministic && !has_cases(all.keys)) parts.emplace_back("deterministic");
  for (std::size_t i = 0; i < all.keys.size(); ++i) {
    if (i != *all.x_key && !point.settings[i].empty()) parts.push_back(point.settings[i]);
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

Plot against_x(const Lines& all, const std::string& title, const std::string& y_label, const Quantity& quantity) {
  const auto has_place = [&](const SweepPoint& point) {
    return all.over_beta() ? all.x(point) > 0 : std::isfinite(all.x(point));
  };
  const std::vector<Line> lines = filtered(all.lines, has_place);
  const std::string x_name = name_of(all.keys[*all.x_key]);
  Plot plot{fmt::format("{} {} {}", title, all.cases.empty() ? "against" : "by", x_name), {x_name}, {y_label}};
  plot.x.names = all.cases;
  std::vector<double> xs;
  for (const Line& line : lines) {
    const Mark mark = all.cases.empty() ? Mark::kLineAndPoints : Mark::kPoints;
    Series means = means_of(line, quantity, plot.series.size(), mark);
    for (const SweepPoint& point : line.points) means.x.push_back(all.x(point));
    xs.insert(xs.end(), means.x.begin(), means.x.end());
    plot.series.push_back(std::move(means));
  }
  if (lines.size() == 1) {
    std::vector<double> x;
    for (const SweepPoint& point : lines[0].points) x.insert(x.end(), point.trials.size(), all.x(point));
    add_seeds(plot, lines[0], std::move(x), quantity);
  }
  for (const Line& line : all.lines) {
    for (const SweepPoint& point : line.points) {
      const double mean = quantity.factor * point.test(quantity.key).mean;
      if (!has_place(point) && std::isfinite(mean)) plot.references.push_back({apart_name(all, point), mean});
    }
  }
  plot.x.scale = all.over_beta() ? AxisScale::kLog : all.cases.empty() ? scale_for(xs) : AxisScale::kLinear;
  plot.y.scale = scale_for(all_y(plot));
  return plot;
}

/// H(Y) of the test set, from every trial: they agree unless the data are swept.
std::vector<double> label_entropies(const SweepResults& results) {
  std::vector<double> found;
  for (const SweepTrial& trial : results.trials) {
    const double entropy = number_of(trial.test, "izy_bits") + number_of(trial.test, "distortion_bits");
    const auto close = [&](double other) { return std::abs(other - entropy) < 1e-3; };
    if (std::isfinite(entropy) && std::none_of(found.begin(), found.end(), close)) found.push_back(entropy);
  }
  return found;
}

/// I(Z;Y) = rate, from the lowest rate of the plot to where it meets the highest H(Y).
Series rate_bound(const Plot& plot) {
  Series bound{.name = "I(Z;Y) = rate", .x = {}, .y = {}, .mark = Mark::kDashed, .color = kNeutral};
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const Series& series : plot.series) {
    for (const double rate : series.x) low = rate > 0 ? std::min(low, rate) : low;
  }
  for (const Reference& entropy : plot.references) high = std::max(high, entropy.y);
  constexpr int kSteps = 64;
  for (int i = 0; low < high && i <= kSteps; ++i) {
    bound.x.push_back(i == kSteps ? high : low * std::pow(high / low, static_cast<double>(i) / kSteps));
  }
  bound.y = bound.x;
  return bound;
}

bool has_rate(const SweepPoint& point) { return std::isfinite(point.test("rate_bits").mean); }

/// A setting as short as a place beside a point allows: 3.16228e-06 as 3.2e-06.
std::string in_short(const std::string& setting) {
  const auto number = number_in(setting);
  return number && setting.size() > 6 ? fmt::format("{:.2g}", *number) : setting;
}

/// `quantity` of every point against its rate.
Plot against_rate(const Lines& all, const std::string& title, const std::string& y_label, const Quantity& quantity) {
  const Quantity rate{"rate_bits"};
  const std::vector<Line> lines = filtered(all.lines, has_rate);
  Plot plot{title, {"rate (bits)"}, {y_label}};
  if (all.x_key) plot.title += fmt::format(" (at the points: {})", name_of(all.keys[*all.x_key]));
  std::vector<double> rates;
  for (const Line& line : lines) {
    // Not joined: between two points below its bounds a line would cross them, which are curved on such an axis.
    Series means = means_of(line, quantity, plot.series.size(), Mark::kPoints);
    for (const SweepPoint& point : line.points) {
      append(point, rate, means.x, means.x_low, means.x_high);
      // Of one line: those of several would lie on top of each other.
      if (all.x_key && plot.series.empty()) means.labels.push_back(in_short(all.x_setting(point)));
    }
    rates.insert(rates.end(), means.x.begin(), means.x.end());
    plot.series.push_back(std::move(means));
  }
  if (lines.size() == 1) add_seeds(plot, lines[0], of_each_seed(lines[0], rate), quantity);
  plot.x.scale = scale_for(rates);
  return plot;
}

Plot information(const SweepResults& results, const Lines& all) {
  auto plot = against_rate(all, "Information curve", "I(Z;Y) (bits)", {"izy_bits"});
  for (const double entropy : label_entropies(results)) {
    plot.references.push_back({fmt::format("H(Y) = {:.2f}", entropy), entropy});
  }
  plot.series.push_back(rate_bound(plot));
  return plot;
}

}  // namespace

std::vector<SweepPlot> sweep_plots(const SweepResults& results) {
  const Lines all = lines_of(results);
  std::vector<SweepPlot> plots;
  for (const MetricInfo& metric : metric_infos()) {
    const bool drawn = metric.in_pictures || (over_cases(all) && metric.key == "rate_bits");
    if (all.x_key && drawn && has_number(results, metric.key))
      plots.push_back(
          {metric.short_key(), against_x(all, metric_title(metric), metric.label(), {metric.key, metric.factor})});
  }
  if (!has_number(results, "rate_bits")) return plots;
  // Without classes there is no H(Y) that distortion could be taken from.
  if (has_number(results, "izy_bits") || !has_number(results, "distortion_bits")) {
    plots.push_back({"information", information(results, all)});
  } else {
    plots.push_back(
        {"rate_distortion", against_rate(all, "Rate-distortion curve", "distortion (bits)", {"distortion_bits"})});
  }
  return plots;
}

std::vector<std::string> sweep_plot_notes(const SweepResults& results) {
  std::vector<std::string> notes;
  if (!lines_of(results).x_key)
    notes.emplace_back(
        "No key was swept over two numbers or more, and there are no cases, so there is nothing to draw a metric "
        "against.");
  if (!has_number(results, "rate_bits")) notes.emplace_back("No trial has a rate, so there is no curve against it.");
  return notes;
}

}  // namespace vib
