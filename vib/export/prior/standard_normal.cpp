#include "vib/nn/prior/standard_normal.h"

#include "vib/export/graph.h"
#include "vib/export/prior/prior_graphs.h"

namespace vib {

// μ² + σ² - 1 - log σ², and L's squares below its diagonal
std::string graph_of_standard_normal(GraphBuilder& g, const PosteriorGraph& q, const torch::nn::Module& prior) {
  if (prior.as<StandardNormalPriorImpl>() == nullptr) return "";
  const auto excess =
      g.add(Operation::kSubtract, {g.add(Operation::kExp, {q.log_variance}), g.scalar(1, torch::kFloat64)});
  return g.add(Operation::kAdd,
               {square_with_spread(g, q.mean, q), g.add(Operation::kSubtract, {excess, q.log_variance})});
}

}  // namespace vib
