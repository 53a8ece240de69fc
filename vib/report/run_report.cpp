#include "vib/report/run_report.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/evaluate/metric_info.h"
#include "vib/experiment/experiment.h"
#include "vib/report/embedding.h"
#include "vib/report/html.h"
#include "vib/report/information_plane.h"
#include "vib/report/metric_title.h"
#include "vib/report/plot/format.h"
#include "vib/report/plot/image_grid.h"
#include "vib/report/plot/svg.h"
#include "vib/report/run_json.h"
#include "vib/report/table.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

// One colour for each source of a number in every panel; what a line shows of it, the dashes tell.
constexpr std::size_t kTrain = 0, kValidation = 1, kRaw = 2, kBeta = 3, kLearningRate = 4;

constexpr std::int64_t kEmbedded = 1000, kReconstructed = 12;  // examples

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
  std::vector<Json> epochs_;
};

Series dashed(Series series) {
  series.mark = Mark::kDashed;
  return series;
}

bool has_numbers(const Series& series) {
  return std::any_of(series.y.begin(), series.y.end(), [](double y) { return std::isfinite(y); });
}

/// A panel of those series that hold any number; none, no panel.
void add_panel(std::vector<Plot>& panels, std::string title, Axis y, std::vector<Series> series) {
  std::erase_if(series, [](const Series& s) { return !has_numbers(s); });
  if (!series.empty()) panels.push_back({std::move(title), {"epoch"}, std::move(y), std::move(series)});
}

/// The same on a logarithmic axis where the numbers span a decade.
void add_scaled(std::vector<Plot>& panels, std::string title, std::string y_label, std::vector<Series> series) {
  std::vector<double> ys;
  for (const Series& s : series) ys.insert(ys.end(), s.y.begin(), s.y.end());
  add_panel(panels, std::move(title), {std::move(y_label), scale_for(ys)}, std::move(series));
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
    add_scaled(panels, "Loss and distortion", "bits per example",
               {loss, dashed(metrics.series("train distortion", "/train/distortion_bits", kTrain)),
                dashed(metrics.series("validation distortion", "/validation/distortion_bits", kValidation))});
    add_scaled(panels, "Rate", "rate (bits)", by_split(metrics, "rate_bits"));
  } else {  // deterministic: the distortion is the loss
    add_scaled(panels, "Loss", "bits per example", {loss});
  }
  for (const MetricInfo& metric : metric_infos())
    if (metric.in_pictures)
      add_scaled(panels, metric_title(metric), metric.label(), by_split(metrics, metric.key, metric.factor));
  // Schedules on linear axes: a cosine ends at next to nothing, many decades below all that matters.
  if (has_rate) add_panel(panels, "Weight of the rate", {"β"}, {metrics.series("β", "/beta", kBeta)});
  add_panel(panels, "Learning rate", {"learning rate"}, {metrics.series("learning rate", "/lr", kLearningRate)});
  return panels;
}

std::string message_of(const std::exception& error) {
  const auto* from_torch = dynamic_cast<const c10::Error*>(&error);
  return from_torch != nullptr ? from_torch->what_without_backtrace() : error.what();
}

/// A picture that is drawn from a run's model, written beside its numbers and as a section. Whatever keeps it from
/// being drawn (the data are no longer there, say) keeps nothing else of the report from it, so it is told on the page.
std::string model_section(const fs::path& run, const std::string& title, const std::string& file,
                          const std::function<std::pair<std::string, std::string>()>& draw) {
  std::pair<std::string, std::string> picture;
  try {
    picture = draw();
  } catch (const std::exception& error) {
    return html_section(title, html_note("This picture could not be drawn: " + escape_markup(message_of(error))));
  }
  const auto& [svg, csv] = picture;
  write_file_atomically(run / (file + ".svg"), svg, Sync::kNothing);
  write_file_atomically(run / (file + ".csv"), csv, Sync::kNothing);
  return html_section(title, svg + html_sources({file}));
}

/// Where the run puts the first examples of its test set; nothing unless its latent has 2 dimensions and its examples
/// have targets.
std::string embedding_section(const RunDirectory& run, const ExperimentConfig& config) {
  if (config.model.bottleneck.latent() != 2 || config.data.target == "input") return "";
  return model_section(run.path(), "Embedding", "embedding", [&] {
    const auto model = load_model(run, torch::kCPU);
    const auto data = load_first_of_test(config.data, run_data(run), kEmbedded);
    const auto targets = data.classes > 0 ? TargetKind::classes : TargetKind::values;
    const auto examples = embed(model, data, kEmbedded);
    return std::pair(to_svg(embedding_plot(examples, targets)), embedding_csv(examples, targets));
  });
}

/// `[rows, N, D]` as the images that inputs of such a shape are: grey, in colour, or of more channels the first.
ImageGrid grid_of(const torch::Tensor& images, torch::IntArrayRef shape) {
  if (shape.size() != 3 && shape.size() != 4)
    throw DataError(fmt::format("the inputs, of {} dimensions each, are no images", shape.size() - 1));
  const auto channels = shape.size() == 4 ? shape[1] : 1;
  const auto shown = channels == 3 ? 3 : 1;
  auto title = fmt::format("The first {} test images", shape[0]);
  if (shown < channels) title += fmt::format(", the first of their {} channels", channels);
  const auto shades = images.reshape({images.size(0), shape[0], channels, shape[shape.size() - 2], shape.back()});
  return {title, {"input", "reconstruction"}, shades.slice(2, 0, shown)};
}

/// The first test images over what the run makes of their codes, z = μ; nothing unless it reconstructs its inputs.
std::string reconstruction_section(const RunDirectory& run, const ExperimentConfig& config) {
  if (config.data.target != "input") return "";
  return model_section(run.path(), "Reconstructions", "reconstructions", [&] {
    auto model = load_model(run, torch::kCPU);
    const auto data = load_first_of_test(config.data, run_data(run), kReconstructed);
    const torch::NoGradGuard no_grad;
    const auto decoded = model->decode(model->encode(data.batch_inputs(0, data.size())).mean());
    const auto images = at::stack({data.batch_targets(0, data.size()), model->likelihood().mean(decoded)});
    const auto grid = grid_of(images, data.inputs.sizes());
    return std::pair(to_svg(grid), to_csv(grid));
  });
}

std::string pictures_of_model(const RunDirectory& run) {
  ExperimentConfig config;
  try {
    config = load_experiment_config(run.config(), {});
  } catch (const Error& error) {
    return html_note(escape_markup(error.what()));
  }
  return embedding_section(run, config) + reconstruction_section(run, config);
}

}  // namespace

void write_run_report(const fs::path& run) {
  const std::vector<Plot> panels = curves(Metrics(run / "metrics.jsonl"));
  const std::string summary_file = (run / "summary.json").string();
  const std::string summary = read_file(summary_file);
  const std::string config = read_file(run / "config.yaml");

  const std::string svg = to_svg(panels);
  const std::string body = html_section("Results", html_table(metrics_table(summary, summary_file))) +
                           html_section("Training", svg + html_sources({"curves"})) +
                           information_section({{"", {run}}}, run) + pictures_of_model(RunDirectory(run)) +
                           html_section("Configuration", "<pre>" + escape_markup(config) + "</pre>\n");
  const std::string name = fs::absolute(run / "").lexically_normal().parent_path().filename().string();

  write_file_atomically(run / "curves.svg", svg, Sync::kNothing);
  write_file_atomically(run / "curves.csv", to_csv(panels), Sync::kNothing);
  write_file_atomically(run / "report.html", html_page(name, describe_run(summary, summary_file), body),
                        Sync::kNothing);
}

}  // namespace vib
