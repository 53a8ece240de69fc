#include <cmath>

#include "vib/evaluate/metrics/metrics.h"

namespace vib {
namespace {

bool has_values(const VibModelImpl& model, const Dataset& data) { return !has_classes(model, data); }

// Squared errors, averaged over the values of a target.
torch::Tensor squares(const ScoredBatch& b) {
  return b.sum(b.model.likelihood().mistakes(b.prediction.mean, b.targets));
}

}  // namespace

Metric rmse_metric() {
  return {{.key = "rmse", .name = "RMSE", .words = "root mean squared error", .unit = ""},
          has_values,
          squares,
          [](const Sums& sums, const Dataset& data) { return std::optional(std::sqrt(mean_of(sums, data))); }};
}

// 1 - squared error / squared deviation of the values from their own mean, all D values of a target together:
// Σ (y - ȳ)² = Σ y² - (Σ y)² / N.
Metric r2_metric() {
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
            return at::cat({squares(b).view(1), b.sum(values), b.sum(values.square())});
          },
          [](const Sums& sums, const Dataset& data) -> std::optional<double> {
            const auto values = (sums.size() - 1) / 2;
            const auto n = data.total_weight();
            double deviation = 0;
            for (std::size_t i = 1; i <= values; ++i) deviation += sums[values + i] - sums[i] * sums[i] / n;
            deviation /= static_cast<double>(values);
            return deviation > 0 ? std::optional(1 - sums[0] / deviation) : std::nullopt;
          }};
}

}  // namespace vib
