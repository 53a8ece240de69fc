#include "vib/report/information_plane.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/csv.h"
#include "vib/core/error.h"
#include "vib/report/html.h"
#include "vib/report/plot/format.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

/// The rows of a run's file, by the names of its columns.
class Records {
 public:
  explicit Records(const fs::path& file) : file_(file.string()), text_(read_file(file)), reader_(text_) {
    std::vector<std::string_view> header;
    read(header);
    for (std::size_t i = 0; i < header.size(); ++i) columns_[std::string(header[i])] = i;
  }

  bool next() { return read(fields_) && (fields_.size() == columns_.size() || fail("has another number of cells")); }
  std::string text(const std::string& column) const { return std::string(field(column)); }
  double number(const std::string& column) const {
    const auto cell = field(column);
    double value = 0;
    const auto read = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (cell.empty() || read.ec != std::errc() || read.ptr != cell.data() + cell.size())
      fail(fmt::format("{}: '{}' is no number", column, cell));
    return value;
  }
  /// NaN where nothing was written: the number was not finite.
  double number_or_none(const std::string& column) const {
    return field(column).empty() ? std::numeric_limits<double>::quiet_NaN() : number(column);
  }

 private:
  bool read(std::vector<std::string_view>& fields) try { return reader_.next(fields); } catch (const CsvError& error) {
    throw StateError(fmt::format("{}:{}: {}", file_, error.line(), error.what()));
  }
  [[noreturn]] bool fail(const std::string& reason) const {
    throw StateError(fmt::format("{}:{}: {}", file_, reader_.line(), reason));
  }
  std::string_view field(const std::string& column) const {
    const auto found = columns_.find(column);
    if (found == columns_.end()) fail("there is no column " + column);
    return fields_[found->second];
  }

  std::string file_;
  std::string text_;
  CsvReader reader_;
  std::map<std::string, std::size_t> columns_;
  std::vector<std::string_view> fields_;
};

/// Mean and standard deviation of what is added.
class Moments {
 public:
  void add(double x) { ++n_, sum_ += x, squares_ += x * x; }
  double mean() const { return sum_ / n_; }
  double deviation() const { return n_ < 2 ? 0 : std::sqrt(std::max(squares_ - sum_ * sum_ / n_, 0.0) / (n_ - 1)); }

 private:
  double n_ = 0, sum_ = 0, squares_ = 0;
};

using Epoch = std::int64_t;

struct Point {
  Moments itx, ity;
  std::vector<std::pair<double, double>> of_runs;
};

/// The layers of one setting as one estimator sees them.
struct Plane {
  std::string setting, estimator;
  std::vector<std::string> layers = {};  // in the order of the network
  std::map<std::pair<std::string, Epoch>, Point> points = {};
  std::set<Epoch> epochs = {};
  double examples = 0, label_entropy = 0;
  std::size_t runs = 0, saturated = 0, rows = 0;
};

Plane& plane_of(std::vector<Plane>& planes, const std::string& setting, const std::string& estimator) {
  const auto found =
      std::ranges::find_if(planes, [&](const Plane& p) { return p.setting == setting && p.estimator == estimator; });
  if (found != planes.end()) return *found;
  planes.push_back({setting, estimator});
  return planes.back();
}

void add_run(std::vector<Plane>& planes, const std::string& setting, const fs::path& file) {
  Records records(file);
  std::set<std::string> seen;
  while (records.next()) {
    auto& plane = plane_of(planes, setting, records.text("estimator"));
    if (seen.insert(plane.estimator).second) ++plane.runs;
    const auto layer = records.text("layer");
    const auto epoch = static_cast<Epoch>(records.number("epoch"));
    if (std::ranges::find(plane.layers, layer) == plane.layers.end()) plane.layers.push_back(layer);
    plane.epochs.insert(epoch);
    plane.examples = records.number("n");
    plane.label_entropy = records.number("label_entropy_bits");
    plane.saturated += records.text("saturated") == "1" ? 1 : 0;
    ++plane.rows;
    const double itx = records.number_or_none("itx_bits"), ity = records.number_or_none("ity_bits");
    if (!std::isfinite(itx) || !std::isfinite(ity)) continue;
    auto& point = plane.points[{layer, epoch}];
    point.itx.add(itx);
    point.ity.add(ity);
    point.of_runs.emplace_back(itx, ity);
  }
}

std::string title_of(const Plane& plane) {
  return plane.setting.empty() ? plane.estimator : plane.setting + ", " + plane.estimator;
}

Plot empty_plane(std::string title) { return {std::move(title), {"I(T;X) (bits)"}, {"I(T;Y) (bits)"}}; }

Series limit_of(const Plane& plane) {
  const double h = plane.label_entropy, n = std::max(std::log2(plane.examples), h);
  return {.name = "limit", .x = {0, h, n}, .y = {0, h, h}, .mark = Mark::kDashed, .color = kNeutral};
}

/// The way of every layer, late epochs darker.
Plot ways(const Plane& plane) {
  auto plot = empty_plane(title_of(plane));
  for (std::size_t i = 0; i < plane.layers.size(); ++i) {
    Series way{.name = plane.layers[i], .x = {}, .y = {}, .mark = Mark::kFaintPoints, .color = i};
    const Point* last = nullptr;
    for (const auto epoch : plane.epochs) {
      const auto found = plane.points.find({plane.layers[i], epoch});
      if (found == plane.points.end()) continue;
      last = &found->second;
      way.x.push_back(last->itx.mean());
      way.y.push_back(last->ity.mean());
    }
    for (std::size_t k = 0; k < way.x.size(); ++k)
      way.strength.push_back(0.12 + 0.88 * static_cast<double>(k + 1) / static_cast<double>(way.x.size()));
    if (plane.runs > 1 && last != nullptr) {
      const double x = last->itx.mean(), y = last->ity.mean(), dx = last->itx.deviation(), dy = last->ity.deviation();
      plot.series.push_back({.name = "",
                             .x = {x},
                             .y = {y},
                             .y_low = {y - dy},
                             .y_high = {y + dy},
                             .x_low = {x - dx},
                             .x_high = {x + dx},
                             .mark = Mark::kPoints,
                             .color = i});
    }
    plot.series.push_back(std::move(way));
  }
  plot.series.push_back(limit_of(plane));
  return plot;
}

/// Up to `most` of the epochs: the first, the last, and at equal distances in the list between.
std::vector<Epoch> chosen_epochs(const std::set<Epoch>& epochs, std::size_t most) {
  const std::vector<Epoch> all(epochs.begin(), epochs.end());
  if (all.size() <= most) return all;
  std::vector<Epoch> chosen;
  for (std::size_t i = 0; i < most; ++i) chosen.push_back(all[i * (all.size() - 1) / (most - 1)]);
  return chosen;
}

/// Every run at a few epochs.
std::vector<Plot> snapshots(const Plane& plane) {
  constexpr std::size_t kSnapshots = 6;
  std::vector<Plot> plots;
  for (const auto epoch : chosen_epochs(plane.epochs, kSnapshots)) {
    auto plot = empty_plane(fmt::format("{}, after epoch {}", title_of(plane), epoch));
    for (std::size_t i = 0; i < plane.layers.size(); ++i) {
      Series runs{.name = plane.layers[i], .x = {}, .y = {}, .mark = Mark::kPoints, .color = i};
      if (const auto found = plane.points.find({plane.layers[i], epoch}); found != plane.points.end())
        for (const auto& [itx, ity] : found->second.of_runs) runs.x.push_back(itx), runs.y.push_back(ity);
      plot.series.push_back(std::move(runs));
    }
    plot.series.push_back(limit_of(plane));
    plots.push_back(std::move(plot));
  }
  return plots;
}

/// The norms of the gradients of one setting, means over its runs.
std::vector<Plot> gradients(const LayerRuns& setting) {
  std::vector<std::string> layers;
  std::map<std::pair<std::string, Epoch>, std::pair<Moments, Moments>> norms;
  std::set<Epoch> epochs;
  for (const auto& run : setting.runs) {
    const auto file = run / "gradients.csv";
    if (!fs::exists(file)) continue;
    for (Records records(file); records.next();) {
      const auto layer = records.text("layer");
      const auto epoch = static_cast<Epoch>(records.number("epoch"));
      if (std::ranges::find(layers, layer) == layers.end()) layers.push_back(layer);
      epochs.insert(epoch);
      auto& [mean, deviation] = norms[{layer, epoch}];
      mean.add(records.number_or_none("mean_norm"));
      deviation.add(records.number_or_none("deviation_norm"));
    }
  }
  if (layers.empty()) return {};
  const std::string in = setting.name.empty() ? "" : ", " + setting.name;
  Plot norm{"Gradient of each weight" + in, {"epoch", AxisScale::kLog}, {"norm (nats)", AxisScale::kLog}};
  Plot ratio{"Mean over deviation" + in, {"epoch", AxisScale::kLog}, {"ratio of the norms", AxisScale::kLog}};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    Series mean{.name = layers[i], .x = {}, .y = {}, .color = i};
    Series deviation{.name = "", .x = {}, .y = {}, .mark = Mark::kDashed, .color = i};
    Series signal{.name = layers[i], .x = {}, .y = {}, .color = i};
    for (const auto epoch : epochs) {
      const auto found = norms.find({layers[i], epoch});
      if (found == norms.end()) continue;
      const double m = found->second.first.mean(), s = found->second.second.mean();
      for (auto* series : {&mean, &deviation, &signal}) series->x.push_back(static_cast<double>(epoch));
      mean.y.push_back(m);
      deviation.y.push_back(s);
      signal.y.push_back(m / s);
    }
    norm.series.push_back(std::move(mean));
    norm.series.push_back(std::move(deviation));
    ratio.series.push_back(std::move(signal));
  }
  return {norm, ratio};
}

std::string caption(const Plane& plane) {
  auto text = fmt::format(
      "{}: {} examples, {}, {} epochs from {} to {}. I(T;X) and I(T;Y) are what this estimator says, not what the "
      "layer knows.",
      title_of(plane), grouped(plane.examples),
      plane.runs == 1 ? std::string("one run") : fmt::format("means of {} runs", plane.runs), plane.epochs.size(),
      *plane.epochs.begin(), *plane.epochs.rbegin());
  if (plane.saturated > 0)
    text += fmt::format(
        " In {} of {} estimates nearly every example has a cell of its own: they measure the number of "
        "examples (log2 of it is {:.2f} bits).",
        grouped(static_cast<double>(plane.saturated)), grouped(static_cast<double>(plane.rows)),
        std::log2(plane.examples));
  return html_note(escape_markup(text));
}

std::string written(const fs::path& folder, const std::string& name, const std::vector<Plot>& plots) {
  const auto svg = to_svg(plots);
  write_file_atomically(folder / (name + ".svg"), svg, Sync::kNothing);
  write_file_atomically(folder / (name + ".csv"), to_csv(plots), Sync::kNothing);
  return svg + html_sources({name});
}

}  // namespace

bool has_layer_records(const std::vector<LayerRuns>& settings) {
  return std::ranges::any_of(settings, [](const LayerRuns& setting) {
    return std::ranges::any_of(setting.runs, [](const fs::path& run) {
      return fs::exists(run / "information.csv") || fs::exists(run / "gradients.csv");
    });
  });
}

std::string information_section(const std::vector<LayerRuns>& settings, const fs::path& folder) {
  if (!has_layer_records(settings)) return "";
  std::vector<Plane> planes;
  std::vector<Plot> norms;
  for (const auto& setting : settings) {
    for (const auto& run : setting.runs)
      if (const auto file = run / "information.csv"; fs::exists(file)) add_run(planes, setting.name, file);
    for (auto& plot : gradients(setting)) norms.push_back(std::move(plot));
  }
  std::string content;
  if (!planes.empty()) {
    std::vector<Plot> plots, moments;
    for (const auto& plane : planes) {
      plots.push_back(ways(plane));
      for (auto& plot : snapshots(plane)) moments.push_back(std::move(plot));
    }
    content += html_section(
        "Information plane", written(folder, "plane", plots) +
                                 html_note("A point for each epoch, the later the darker; bars: one standard deviation "
                                           "of the runs at the last epoch. Dashed: the limit of labels that the input "
                                           "decides, I(T;Y) = min(I(T;X), H(Y)).") +
                                 [&] {
                                   std::string captions;
                                   for (const auto& plane : planes) captions += caption(plane);
                                   return captions;
                                 }());
    content +=
        html_section("Snapshots", written(folder, "plane_snapshots", moments) + html_note("A point for each run."));
  }
  if (!norms.empty())
    content += html_section(
        "Gradients",
        written(folder, "gradient_norms", norms) +
            html_note("Solid: the norm of the mean of an epoch's gradients; dashed: that of their standard "
                      "deviation, element by element. Right: the one over the other."));
  return content;
}

}  // namespace vib
