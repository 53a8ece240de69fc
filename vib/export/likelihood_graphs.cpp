#include "vib/export/likelihood_graphs.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "vib/config/suggestion.h"
#include "vib/core/error.h"

namespace vib {
namespace {

struct MeanGraph {
  std::string_view likelihood;
  std::string (*add)(GraphBuilder& g, const std::string& outputs, std::int64_t width);
};

constexpr MeanGraph kMeanGraphs[] = {
    {"categorical",
     [](GraphBuilder& g, const std::string& o, std::int64_t) { return g.add(Operation::kSoftmax, {o}); }},
    {"bernoulli", [](GraphBuilder& g, const std::string& o, std::int64_t) { return g.add(Operation::kSigmoid, {o}); }},
    {"gaussian", [](GraphBuilder&, const std::string& o, std::int64_t) { return o; }},
    {"gaussian_learned",
     [](GraphBuilder& g, const std::string& o, std::int64_t width) {
       return g.add(Operation::kNarrow, {o}, {1, 0, width});
     }},
};

}  // namespace

std::string graph_of_mean(GraphBuilder& g, const std::string& outputs, const Likelihood& likelihood,
                          std::int64_t width) {
  std::vector<std::string> known;
  for (const auto& graph : kMeanGraphs) {
    if (graph.likelihood == likelihood.name()) return graph.add(g, outputs, width);
    known.emplace_back(graph.likelihood);
  }
  throw StateError(
      fmt::format("{}: cannot be exported; allowed: the likelihoods {}", likelihood.name(), listed(known)));
}

}  // namespace vib
