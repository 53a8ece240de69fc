#include <cmath>

#include "vib/evaluate/metrics/metrics.h"

namespace vib {

// Of several models together there is none (mixture_of): no sums, and no number.
Metric prior_components_metric() {
  return {
      {.key = "prior_components",
       .name = "components",
       .words = "components of the prior in use: perplexity of their mean share",
       .unit = "",
       .digits = 2,
       .better = Better::kNeither},
      [](const VibModelImpl& model, const Dataset&) { return !model.deterministic() && model.prior.has_components(); },
      [](const ScoredBatch& b) {
        const auto& shares = b.prediction.responsibilities;
        return shares.defined() ? b.sum(shares) : torch::empty({0}, b.prediction.mean.options());
      },
      [](const Sums& sums, const Dataset& data) -> std::optional<double> {
        if (sums.empty()) return std::nullopt;
        double entropy = 0;
        for (const double sum : sums)
          if (const double share = sum / data.total_weight(); share != 0) entropy -= share * std::log(share);
        return std::exp(entropy);
      }};
}

}  // namespace vib
