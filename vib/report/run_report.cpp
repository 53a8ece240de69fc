#include "vib/report/run_report.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "vib/core/atomic_file.h"
#include "vib/report/format.h"
#include "vib/report/html.h"
#include "vib/report/run_json.h"
#include "vib/report/svg.h"
#include "vib/report/table.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

// One colour for each source of a number in every panel; what a line shows of it, the dashes tell.
constexpr std::size_t kTrain = 0, kValidation = 1, kRaw = 2, kBeta = 3, kLearningRate = 4;

constexpr std::string_view kSources = R"(<p class="muted">The picture by itself: <a href="curves.svg">curves.svg</a>;
its numbers: <a href="curves.csv">curves.csv</a>.</p>
)";

/// The epochs of metrics.jsonl, read as columns.
class Metrics {
 public:
  explicit Metrics(const fs::path& file) : file_(file.string()), epochs_(parse_metrics(read_file(file), file_)) {}

  /// The numbers at `path`, such as "/train/rate_bits", against the epoch.
  Series series(std::string name, const std::string& path, std::size_t color, double factor = 1) const {
    Series series{.name = std::move(name), .x = {}, .y = {}, .color = color};
    for (std::size_t i = 0; i < epochs_.size(); ++i) {
      const std::string where = fmt::format("{}:{}", file_, i + 1);
      series.x.push_back(number_at(epochs_[i], "/epoch", where));
      series.y.push_back(factor * number_at(epochs_[i], path, where));
    }
    return series;
  }

 private:
  std::string file_;
  std::vector<nlohmann::json> epochs_;
};

Series dashed(Series series) {
  series.mark = Mark::kDashed;
  return series;
}

/// Logarithmic where the numbers span a decade or more and are all above zero: late in training the last tenth of a
/// percent must still be seen.
AxisScale scale_for(const std::vector<Series>& all) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const Series& series : all) {
    for (const double y : series.y) {
      if (!std::isfinite(y)) continue;
      low = std::min(low, y);
      high = std::max(high, y);
    }
  }
  return low > 0 && high >= 10 * low ? AxisScale::kLog : AxisScale::kLinear;
}

bool has_numbers(const Series& series) {
  return std::any_of(series.y.begin(), series.y.end(), [](double y) { return std::isfinite(y); });
}

/// A panel of those series that hold any number; none, no panel.
void add_panel(std::vector<Plot>& panels, std::string title, Axis y, std::vector<Series> series) {
  std::erase_if(series, [](const Series& s) { return !has_numbers(s); });
  if (!series.empty()) panels.push_back({std::move(title), {"epoch"}, std::move(y), std::move(series)});
}

/// The same for numbers that fall as training goes on.
void add_falling(std::vector<Plot>& panels, std::string title, std::string y_label, std::vector<Series> series) {
  const AxisScale scale = scale_for(series);
  add_panel(panels, std::move(title), {std::move(y_label), scale}, std::move(series));
}

/// The same quantity in training and on the validation split, there with both sets of weights where there are two.
std::vector<Series> by_split(const Metrics& metrics, const std::string& quantity, double factor = 1) {
  Series raw = metrics.series("validation, raw", "/validation_raw/" + quantity, kRaw, factor);
  const char* validation = has_numbers(raw) ? "validation, averaged" : "validation";
  return {metrics.series("train", "/train/" + quantity, kTrain, factor),
          metrics.series(validation, "/validation/" + quantity, kValidation, factor), std::move(raw)};
}

std::vector<Plot> curves(const Metrics& metrics) {
  const Series loss = metrics.series("train loss", "/train/loss_bits", kTrain);
  std::vector<Plot> panels;
  const bool has_rate = has_numbers(metrics.series("", "/train/rate_bits", kTrain));
  if (has_rate) {
    add_falling(panels, "Loss and distortion", "bits per example",
                {loss, dashed(metrics.series("train distortion", "/train/distortion_bits", kTrain)),
                 dashed(metrics.series("validation distortion", "/validation/distortion_bits", kValidation))});
    add_falling(panels, "Rate", "rate (bits)", by_split(metrics, "rate_bits"));
  } else {  // deterministic: the distortion is the loss
    add_falling(panels, "Loss", "bits per example", {loss});
  }
  add_falling(panels, "Error", "error (%)", by_split(metrics, "error", 100));
  add_falling(panels, "Negative log-likelihood", "NLL (bits)", by_split(metrics, "nll_bits"));
  // Schedules on linear axes: a cosine ends at next to nothing, many decades below all that matters.
  if (has_rate) add_panel(panels, "Weight of the rate", {"β"}, {metrics.series("β", "/beta", kBeta)});
  add_panel(panels, "Learning rate", {"learning rate"}, {metrics.series("learning rate", "/lr", kLearningRate)});
  return panels;
}

std::string section(std::string_view title, std::string_view content) {
  return fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", title, content);
}

}  // namespace

void write_run_report(const fs::path& run) {
  const std::vector<Plot> panels = curves(Metrics(run / "metrics.jsonl"));
  const std::string summary_file = (run / "summary.json").string();
  const std::string summary = read_file(summary_file);
  const std::string config = read_file(run / "config.yaml");

  const std::string svg = to_svg(panels);
  const std::string body = section("Results", html_table(metrics_table(summary, summary_file))) +
                           section("Training", svg + std::string(kSources)) +
                           section("Configuration", "<pre>" + escape_markup(config) + "</pre>\n");
  const std::string name = fs::absolute(run / "").lexically_normal().parent_path().filename().string();

  write_file_atomically(run / "curves.svg", svg);
  write_file_atomically(run / "curves.csv", to_csv(panels));
  write_file_atomically(run / "report.html", html_page(name, describe_run(summary, summary_file), body));
}

}  // namespace vib
