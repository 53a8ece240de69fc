#include "vib/report/sweep_table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/evaluate/metric_info.h"
#include "vib/sweep/cases.h"
#include "vib/sweep/points.h"

namespace vib {
namespace {

constexpr const char* kMissing = "–";
constexpr const char* kOnFront = "●";

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

const MetricInfo kBits = {.key = "", .name = "", .words = "", .unit = "bits"};

std::string in_words(const Statistic& statistic, const MetricInfo& metric) {
  if (statistic.n == 0) return kMissing;
  const std::string mean = shown(statistic.mean, metric);
  return statistic.n == 1 ? mean : fmt::format("{} ± {}", mean, shown(statistic.sd, metric));
}

/// The metrics that any trial has.
std::vector<MetricInfo> columns_of(const SweepResults& results) {
  std::vector<MetricInfo> columns = metric_infos();
  std::erase_if(columns,
                [&](const MetricInfo& metric) { return !metric.in_table || !has_number(results, metric.key); });
  return columns;
}

/// The settings of a point, a cell for each key; in the first one it says where the model is deterministic.
std::vector<std::string> setting_cells(const SweepResults& results, const SweepPoint& point) {
  std::vector<std::string> cells = point.settings;
  if (cells.empty()) cells.emplace_back();
  if (!point.deterministic) return cells;
  const auto beta = std::find(results.keys.begin(), results.keys.end(), kBetaKey) - results.keys.begin();
  if (beta < std::ssize(cells)) {
    cells[static_cast<std::size_t>(beta)] = "deterministic";
  } else if (!has_cases(results.keys)) {
    cells[0] += cells[0].empty() ? "deterministic" : ", deterministic";
  }
  return cells;
}

bool answers_as_one(const SweepResults& results, const SweepPoint& point) {
  std::vector<std::string> runs;
  for (const SweepTrial& trial : point.trials) runs.push_back(trial.run);
  return results.ensemble && results.ensemble->runs == runs;
}

/// The runs of a point as one model.
std::vector<std::string> ensemble_row(const SweepResults& results, const SweepPoint& point,
                                      const std::vector<MetricInfo>& columns) {
  std::vector<std::string> row = setting_cells(results, point);
  row.push_back(fmt::format("{} as one", point.trials.size()));
  for (const MetricInfo& metric : columns) {
    const double value = metric.factor * number_of(results.ensemble->test, metric.key);
    row.push_back(std::isfinite(value) ? fmt::format("{:.{}f}", value, metric.digits) : kMissing);
  }
  row.emplace_back();
  return row;
}

/// "β = 0.001 (0.3125 ± 0.0884 bits, 2 seeds)".
std::string with_validation_nll(const SweepResults& results, const SweepPoint& point) {
  const std::string settings = describe_point(results.keys, point);
  const Statistic nll = point.validation("nll_bits");
  return fmt::format("{} ({} bits, {})", settings.empty() ? "the only setting" : settings, in_words(nll, kBits),
                     counted(static_cast<std::size_t>(nll.n), results.repeat, results.repeat + "s"));
}

/// Where the deterministic model is the best, the best bottleneck is named, too.
std::string best_note(const SweepResults& results, std::vector<SweepPoint> points) {
  const auto best = best_by_validation(points);
  if (!best) {
    return "No setting is named best: that is for a validation split to say, and this sweep held none out "
           "(data.validation=auto does).";
  }
  std::string note = "Best validation NLL: " + with_validation_nll(results, points[*best]);
  if (points[*best].deterministic) {
    std::erase_if(points, [](const SweepPoint& point) { return point.deterministic; });
    if (const auto second = best_by_validation(points)) {
      note += "; with a bottleneck: " + with_validation_nll(results, points[*second]);
    }
  }
  return note + ".";
}

}  // namespace

TextTable sweep_points_table(const SweepResults& results) {
  const auto points = points_of(results);
  const auto front = pareto_front(points);
  const auto columns = columns_of(results);
  TextTable table;
  for (const std::string& key : results.keys) table.header.push_back(name_of(key));
  if (table.header.empty()) table.header.emplace_back();
  table.header.emplace_back(results.repeat + "s");
  for (const MetricInfo& metric : columns) table.header.push_back(metric.label());
  table.header.emplace_back("Pareto");
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::vector<std::string> row = setting_cells(results, points[i]);
    row.push_back(fmt::format("{}", points[i].trials.size()));
    for (const MetricInfo& metric : columns) {
      row.push_back(in_words(points[i].test(metric.key), metric));
    }
    row.emplace_back(front[i] ? kOnFront : "");
    table.rows.push_back(std::move(row));
    if (answers_as_one(results, points[i])) table.rows.push_back(ensemble_row(results, points[i], columns));
  }
  return table;
}

std::vector<std::string> sweep_notes(const SweepResults& results) {
  const auto points = points_of(results);
  const auto front = pareto_front(points);
  const bool has_sd =
      std::any_of(points.begin(), points.end(), [](const auto& point) { return point.trials.size() > 1; });
  std::vector<std::string> notes = {
      has_sd ? fmt::format("On the test set: mean ± standard deviation over the {}s.", results.repeat)
             : "On the test set."};
  if (std::count(front.begin(), front.end(), true) > 0) {
    notes.push_back(
        fmt::format("{} Pareto front: no other setting has as low a rate and as {}, by these means, and one of them "
                    "better.",
                    kOnFront, has_number(results, "izy_bits") ? "high an I(Z;Y)" : "low a distortion"));
  }
  notes.push_back(best_note(results, points));
  if (results.ensemble)
    notes.push_back(
        fmt::format("\"{} as one\": an ensemble; its probabilities are the mean of those of its runs. It is "
                    "what `vib predict` and `vib evaluate` take of this sweep.",
                    results.ensemble->runs.size()));
  std::vector<std::string> diverged;
  for (const SweepTrial& trial : results.trials) {
    if (trial.diverged) diverged.push_back(trial.run);
  }
  if (!diverged.empty()) {
    notes.push_back(fmt::format("{} diverged and {} left out: {}.", counted(diverged.size(), "trial", "trials"),
                                diverged.size() == 1 ? "is" : "are", fmt::join(diverged, ", ")));
  }
  return notes;
}

std::string sweep_table(const SweepResults& results) {
  return fmt::format("{}\n{}\n", to_text(sweep_points_table(results)), fmt::join(sweep_notes(results), "\n"));
}

std::string describe_sweep(const SweepResults& results) {
  std::set<std::string> repeats;
  std::vector<std::set<std::string>> values(results.keys.size());
  std::size_t diverged = 0, deterministic = 0;
  for (const SweepTrial& trial : results.trials) {
    repeats.insert(trial.repeat);
    diverged += trial.diverged ? 1 : 0;
    deterministic += trial.deterministic ? 1 : 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!trial.deterministic) values[i].insert(trial.settings[i]);
    }
  }
  std::vector<std::string> parts = {counted(results.trials.size(), "trial", "trials")};
  for (std::size_t i = 0; i < values.size(); ++i) {
    parts.push_back(fmt::format("{} of {}", counted(values[i].size(), "value", "values"), name_of(results.keys[i])));
  }
  parts.push_back(counted(repeats.size(), results.repeat, results.repeat + "s"));
  if (deterministic > 0) parts.push_back(fmt::format("{} deterministic", deterministic));
  if (diverged > 0) parts.push_back(fmt::format("{} diverged", diverged));
  return fmt::format("{}", fmt::join(parts, " · "));
}

}  // namespace vib
