#include "vib/evaluate/calibration.h"

#include <cmath>

#include "vib/evaluate/metrics/metrics.h"

namespace vib {

Metric ece_metric() {
  return {
      {.key = "ece",
       .name = "ECE",
       .words = "expected calibration error, 15 bins",
       .unit = "%",
       .factor = 100,
       .digits = 2,
       .in_pictures = false},
      [](const VibModelImpl& model, const Dataset& data) { return has_classes(model, data) && data.classes > 0; },
      [](const ScoredBatch& b) { return calibration_gaps(of_every_class(b.prediction.mean), b.targets, b.weights); },
      [](const Sums& sums, const Dataset& data) {
        double total = 0;
        for (const double gap : sums) total += std::abs(gap);
        return std::optional(total / data.total_weight());
      }};
}

}  // namespace vib
