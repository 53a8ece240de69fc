#include <cmath>

#include "vib/evaluate/metrics/metrics.h"

namespace vib {
namespace {

// A sum of squares that is a difference of sums is nothing below this share of them.
constexpr double kRounding = 1e-14;

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

// 1 - Σ (y - prediction)² / Σ (y - ȳ)², on average over the values of a target that vary. Those of a reconstruction are
// parts of one thing, of which some hardly vary: there both sums are of all values together.
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
            const auto y = b.targets.to(torch::kFloat64).reshape_as(b.prediction.mean);
            const auto& mean = b.data.target_mean;  // a large one would cost the squares their digits
            const auto distance = mean.defined() ? y - mean : y;
            return at::cat({b.sum((y - b.prediction.mean).square()), b.sum(distance), b.sum(distance.square())});
          },
          [](const Sums& sums, const Dataset& data) -> std::optional<double> {
            const auto all = torch::tensor(sums, torch::kFloat64).view({3, -1});
            auto errors = all[0], squares = all[2], deviations = squares - all[1].square() / data.total_weight();
            if (!data.targets.defined())
              for (auto* of : {&errors, &squares, &deviations}) *of = of->sum().view(1);
            const auto varies = deviations > kRounding * squares;
            if (!varies.any().item<bool>()) return std::nullopt;
            return (1 - errors / deviations).masked_select(varies).mean().item<double>();
          }};
}

}  // namespace vib
