#include "vib/core/units.h"
#include "vib/evaluate/metrics/metrics.h"

namespace vib {

Metric nll_metric() {
  return {{.key = "nll_bits", .name = "NLL", .words = "negative log-likelihood", .unit = "bits"},
          nullptr,
          [](const ScoredBatch& b) { return to_bits(1) * b.sum(-b.prediction.log_mean); }};
}

Metric distortion_metric() {
  return {{.key = "distortion_bits",
           .name = "distortion",
           .words = "mean over the draws of -log2 q(y|z)",
           .unit = "bits",
           .in_table = false,
           .in_pictures = false},
          nullptr,
          [](const ScoredBatch& b) { return to_bits(1) * b.sum(b.prediction.distortion); }};
}

}  // namespace vib
