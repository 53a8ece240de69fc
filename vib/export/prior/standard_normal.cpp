#include "vib/nn/prior/standard_normal.h"

#include "vib/export/graph.h"

namespace vib {

// μ² + σ² - 1 - log σ²
std::string graph_of_standard_normal(GraphBuilder& g, const std::string& mean, const std::string& log_variance,
                                     const torch::nn::Module& prior) {
  if (prior.as<StandardNormalPriorImpl>() == nullptr) return "";
  const auto excess =
      g.add(Operation::kSubtract, {g.add(Operation::kExp, {log_variance}), g.scalar(1, torch::kFloat64)});
  return g.add(Operation::kAdd,
               {g.add(Operation::kMultiply, {mean, mean}), g.add(Operation::kSubtract, {excess, log_variance})});
}

}  // namespace vib
