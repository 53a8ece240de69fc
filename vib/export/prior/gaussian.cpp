#include "vib/nn/prior/gaussian.h"

#include "vib/distribution/log_variance.h"
#include "vib/export/graph.h"
#include "vib/export/prior/prior_graphs.h"

namespace vib {

// (μ - m)² / s² + σ² / s² - 1 - (log σ² - log s²), L's squares below its diagonal beside (μ - m)²
std::string graph_of_gaussian_prior(GraphBuilder& g, const PosteriorGraph& q, const torch::nn::Module& prior) {
  if (prior.as<GaussianPriorImpl>() == nullptr) return "";
  const auto number = [&](double x) { return g.scalar(x, torch::kFloat64); };
  const auto log_square = g.add(Operation::kClip, {g.cast("prior.log_variance", torch::kFloat64),
                                                   number(kLogVarianceFloor), number(kLogVarianceCeiling)});
  const auto distance = g.add(Operation::kSubtract, {q.mean, g.cast("prior.mean", torch::kFloat64)});
  const auto precision = g.add(Operation::kExp, {g.add(Operation::kSubtract, {number(0), log_square})});
  const auto squared = g.add(Operation::kMultiply, {square_with_spread(g, distance, q), precision});
  const auto log_ratio = g.add(Operation::kSubtract, {q.log_variance, log_square});
  const auto excess = g.add(Operation::kSubtract, {g.add(Operation::kExp, {log_ratio}), number(1)});
  return g.add(Operation::kAdd, {squared, g.add(Operation::kSubtract, {excess, log_ratio})});
}

}  // namespace vib
