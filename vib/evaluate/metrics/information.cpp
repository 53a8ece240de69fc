#include "vib/core/units.h"
#include "vib/evaluate/metrics/metrics.h"

namespace vib {
namespace {

bool has_rate(const VibModelImpl& model, const Dataset&) { return !model.deterministic(); }
bool has_residual(const VibModelImpl& model, const Dataset& data) {
  return has_rate(model, data) && model.prior.conditional();
}
bool has_label_entropy(const VibModelImpl&, const Dataset& data) { return data.label_entropy().has_value(); }

}  // namespace

Metric rate_metric() {
  return {{.key = "rate_bits",
           .name = "rate",
           .words = "E[R], an upper bound on I(Z;X)",
           .unit = "bits",
           .digits = 2,
           .better = Better::kNeither,
           .in_pictures = false,
           .null_if_absent = true},
          has_rate,
          [](const ScoredBatch& b) { return to_bits(1) * b.sum(b.prediction.rate); }};
}

Metric residual_metric() {
  return {{.key = "residual_bits",
           .name = "residual",
           .words = "E[KL(q(z|x) || b(z|y))], an upper bound on I(Z;X|Y)",
           .unit = "bits",
           .digits = 2,
           .better = Better::kNeither},
          has_residual,
          [](const ScoredBatch& b) { return to_bits(1) * b.sum(b.prediction.residual); }};
}

Metric izy_metric() {
  return {{.key = "izy_bits",
           .name = "I(Z;Y)",
           .words = "H(Y) - distortion, a lower bound on I(Z;Y)",
           .unit = "bits",
           .better = Better::kHigher,
           .in_pictures = false},
          has_label_entropy,
          [](const ScoredBatch& b) { return b.sum(b.prediction.distortion); },
          [](const Sums& sums, const Dataset& data) {
            return std::optional(to_bits(*data.label_entropy() - mean_of(sums, data)));
          }};
}

}  // namespace vib
