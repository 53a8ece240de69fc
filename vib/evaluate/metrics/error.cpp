#include "vib/evaluate/metrics/metrics.h"

namespace vib {

Metric error_metric() {
  return {{.key = "error", .name = "error", .words = "share wrong", .unit = "%", .factor = 100, .digits = 2},
          has_classes,
          [](const ScoredBatch& b) { return b.sum(b.model.likelihood().mistakes(b.prediction.mean, b.targets)); }};
}

Metric error_mean_z_metric() {
  return {{.key = "error_mean_z",
           .name = "error at mean z",
           .words = "share wrong at z = μ",
           .unit = "%",
           .factor = 100,
           .digits = 2,
           .in_table = false,
           .in_pictures = false},
          has_classes,
          [](const ScoredBatch& b) { return b.sum(b.model.likelihood().mistakes(b.prediction.mean_z, b.targets)); }};
}

}  // namespace vib
