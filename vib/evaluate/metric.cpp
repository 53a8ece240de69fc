#include "vib/evaluate/metric.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/units.h"

namespace vib {
namespace {

using Sums = std::vector<double>;

bool has_values(const VibModelImpl& model, const Dataset& data) { return !has_classes(model, data); }
bool has_rate(const VibModelImpl& model, const Dataset&) { return !model.deterministic(); }
bool has_label_entropy(const VibModelImpl&, const Dataset& data) { return data.label_entropy().has_value(); }

torch::Tensor mistakes(const ScoredBatch& b) {
  return b.model.likelihood().mistakes(b.prediction.mean, b.targets).sum();
}

double mean(const Sums& sums, const Dataset& data) { return sums[0] / static_cast<double>(data.size()); }

Metric error() {
  return {{.key = "error", .name = "error", .words = "share wrong", .unit = "%", .factor = 100, .digits = 2},
          has_classes,
          mistakes};
}

Metric error_mean_z() {
  return {{.key = "error_mean_z",
           .name = "error at mean z",
           .words = "share wrong at z = μ",
           .unit = "%",
           .factor = 100,
           .digits = 2,
           .in_table = false,
           .in_pictures = false},
          has_classes,
          [](const ScoredBatch& b) { return b.model.likelihood().mistakes(b.prediction.mean_z, b.targets).sum(); }};
}

Metric rmse() {
  return {{.key = "rmse", .name = "RMSE", .words = "root mean squared error", .unit = ""},
          has_values,
          mistakes,
          [](const Sums& sums, const Dataset& data) { return std::optional(std::sqrt(mean(sums, data))); }};
}

// 1 - squared error / squared deviation of the values from their own mean, all D values of a target together:
// Σ (y - ȳ)² = Σ y² - (Σ y)² / N.
Metric r2() {
  return {{.key = "r2",
           .name = "R²",
           .words = "coefficient of determination",
           .unit = "",
           .better = Better::kHigher,
           .in_table = false,
           .in_pictures = false},
          has_values,
          [](const ScoredBatch& b) {
            const auto values = b.targets.to(torch::kFloat64);
            return at::cat({mistakes(b).view(1), values.sum(0), values.square().sum(0)});
          },
          [](const Sums& sums, const Dataset& data) -> std::optional<double> {
            const auto values = (sums.size() - 1) / 2;
            const auto n = static_cast<double>(data.size());
            double deviation = 0;
            for (std::size_t i = 1; i <= values; ++i) deviation += sums[values + i] - sums[i] * sums[i] / n;
            deviation /= static_cast<double>(values);
            return deviation > 0 ? std::optional(1 - sums[0] / deviation) : std::nullopt;
          }};
}

Metric nll() {
  return {{.key = "nll_bits", .name = "NLL", .words = "negative log-likelihood", .unit = "bits"},
          nullptr,
          [](const ScoredBatch& b) { return to_bits(1) * -b.prediction.log_mean.sum(); }};
}

Metric distortion() {
  return {{.key = "distortion_bits",
           .name = "distortion",
           .words = "mean over the draws of -log2 q(y|z)",
           .unit = "bits",
           .in_table = false,
           .in_pictures = false},
          nullptr,
          [](const ScoredBatch& b) { return to_bits(1) * b.prediction.distortion.sum(); }};
}

Metric rate() {
  return {{.key = "rate_bits",
           .name = "rate",
           .words = "E[R], an upper bound on I(Z;X)",
           .unit = "bits",
           .digits = 2,
           .better = Better::kNeither,
           .in_pictures = false,
           .null_if_absent = true},
          has_rate,
          [](const ScoredBatch& b) { return to_bits(1) * b.prediction.rate.sum(torch::kFloat64); }};
}

Metric izy() {
  return {{.key = "izy_bits",
           .name = "I(Z;Y)",
           .words = "H(Y) - distortion, a lower bound on I(Z;Y)",
           .unit = "bits",
           .better = Better::kHigher,
           .in_pictures = false},
          has_label_entropy,
          [](const ScoredBatch& b) { return b.prediction.distortion.sum(); },
          [](const Sums& sums, const Dataset& data) {
            return std::optional(to_bits(*data.label_entropy() - mean(sums, data)));
          }};
}

std::vector<Metric>& registry() {
  static std::vector<Metric> list = {error(), error_mean_z(), rmse(), r2(), nll(), distortion(), rate(), izy()};
  return list;
}

}  // namespace

bool has_classes(const VibModelImpl& model, const Dataset&) { return model.likelihood().counts_errors(); }

const std::vector<Metric>& metrics() { return registry(); }

void add_metric(Metric metric) {
  const auto& key = metric.info.key;
  if (key.empty() || !metric.sums) throw Error(fmt::format("metric \"{}\": a metric has a key and sums", key));
  if (std::ranges::any_of(registry(), [&](const Metric& m) { return m.info.key == key; }))
    throw Error(fmt::format("metric \"{}\": there is one of that key already", key));
  registry().push_back(std::move(metric));
}

std::vector<MetricInfo> metric_infos() {
  std::vector<MetricInfo> infos;
  for (const auto& metric : metrics()) infos.push_back(metric.info);
  return infos;
}

}  // namespace vib
