#include "vib/export/prior/prior_graphs.h"

#include <vector>

#include <fmt/format.h>

#include "vib/config/suggestion.h"
#include "vib/core/error.h"
#include "vib/core/units.h"

namespace vib {

// Each in a file of its own: twice the rate of each dimension in nats, or an empty name where the module is another
// one. In float64: near the prior it is a small difference of large numbers.
std::string graph_of_standard_normal(GraphBuilder& g, const PosteriorGraph& q, const torch::nn::Module& prior);
std::string graph_of_gaussian_prior(GraphBuilder& g, const PosteriorGraph& q, const torch::nn::Module& prior);

namespace {

struct PriorGraph {
  const char* name;
  std::string (*add)(GraphBuilder& g, const PosteriorGraph& q, const torch::nn::Module& prior);
};

constexpr PriorGraph kPriorGraphs[] = {
    {"standard_normal", graph_of_standard_normal},
    {"gaussian", graph_of_gaussian_prior},
};

}  // namespace

std::string square_with_spread(GraphBuilder& g, const std::string& distance, const PosteriorGraph& q) {
  const auto square = g.add(Operation::kMultiply, {distance, distance});
  return q.squares_below.empty() ? square : g.add(Operation::kAdd, {square, q.squares_below});
}

std::string graph_of_rate_bits(GraphBuilder& g, const PosteriorGraph& q, const torch::nn::Module& prior) {
  PosteriorGraph exact = q;
  for (auto* value : {&exact.mean, &exact.log_variance, &exact.squares_below})
    if (!value->empty()) *value = g.cast(*value, torch::kFloat64);
  std::vector<std::string> known;
  for (const auto& graph : kPriorGraphs) {
    if (const auto terms = graph.add(g, exact, prior); !terms.empty()) {
      const auto unit = g.scalar(0.5 * to_bits(1.0), torch::kFloat64);
      const auto sum = g.add(Operation::kSum, {terms}, {1});
      return g.cast(g.add(Operation::kMultiply, {sum, unit}), torch::kFloat32);
    }
    known.emplace_back(graph.name);
  }
  throw StateError(fmt::format("{}: cannot be exported; allowed: the priors {}", prior.name(), listed(known)));
}

}  // namespace vib
