#include "vib/export/prior/prior_graphs.h"

#include <vector>

#include <fmt/format.h>

#include "vib/config/suggestion.h"
#include "vib/core/error.h"
#include "vib/core/units.h"
#include "vib/nn/prior/aggregate.h"
#include "vib/nn/prior/class_conditional.h"
#include "vib/nn/prior/mixture.h"
#include "vib/nn/prior/vamp.h"

namespace vib {

// Each in a file of its own: twice the rate of each dimension in nats, or an empty name where the module is another
// one. In float64: near the prior it is a small difference of large numbers.
std::string graph_of_standard_normal(GraphBuilder& g, const std::string& mean, const std::string& log_variance,
                                     const torch::nn::Module& prior);
std::string graph_of_gaussian_prior(GraphBuilder& g, const std::string& mean, const std::string& log_variance,
                                    const torch::nn::Module& prior);

namespace {

struct PriorGraph {
  const char* name;
  std::string (*add)(GraphBuilder& g, const std::string& mean, const std::string& log_variance,
                     const torch::nn::Module& prior);
};

constexpr PriorGraph kPriorGraphs[] = {
    {"standard_normal", graph_of_standard_normal},
    {"gaussian", graph_of_gaussian_prior},
};

}  // namespace

bool gives_rate(const torch::nn::Module& prior) {
  return prior.as<MixturePriorImpl>() == nullptr && prior.as<VampPriorImpl>() == nullptr &&
         prior.as<AggregatePriorImpl>() == nullptr && prior.as<ClassConditionalPriorImpl>() == nullptr;
}

std::string graph_of_rate_bits(GraphBuilder& g, const std::string& mean, const std::string& log_variance,
                               const torch::nn::Module& prior) {
  const auto exact_mean = g.cast(mean, torch::kFloat64), exact_variance = g.cast(log_variance, torch::kFloat64);
  std::vector<std::string> known;
  for (const auto& graph : kPriorGraphs) {
    if (const auto terms = graph.add(g, exact_mean, exact_variance, prior); !terms.empty()) {
      const auto unit = g.scalar(0.5 * to_bits(1.0), torch::kFloat64);
      const auto sum = g.add(Operation::kSum, {terms}, {1});
      return g.cast(g.add(Operation::kMultiply, {sum, unit}), torch::kFloat32);
    }
    known.emplace_back(graph.name);
  }
  throw StateError(fmt::format("{}: cannot be exported; allowed: the priors {}", prior.name(), listed(known)));
}

}  // namespace vib
