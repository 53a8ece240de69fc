#include "vib/export/likelihood_graphs.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "vib/config/suggestion.h"
#include "vib/core/error.h"
#include "vib/distribution/log_variance.h"
#include "vib/nn/vib_model.h"

namespace vib {
namespace {

using Op = Operation;

std::string variance_of(GraphBuilder& g, const std::string& log_variance) {
  return g.add(Op::kExp,
               {g.add(Op::kClip, {log_variance, g.scalar(kLogVarianceFloor), g.scalar(kLogVarianceCeiling)})});
}

struct MomentGraph {
  std::string_view likelihood;
  MomentValues (*add)(GraphBuilder& g, const std::string& outputs, const Likelihood& likelihood, std::int64_t width);
};

constexpr MomentGraph kMomentGraphs[] = {
    {"categorical",
     [](GraphBuilder& g, const std::string& o, const Likelihood&, std::int64_t) -> MomentValues {
       return {g.add(Op::kSoftmax, {o}), {}};
     }},
    {"bernoulli",
     [](GraphBuilder& g, const std::string& o, const Likelihood&, std::int64_t) -> MomentValues {
       return {g.add(Op::kSigmoid, {o}), {}};
     }},
    {"gaussian",
     [](GraphBuilder& g, const std::string& o, const Likelihood& likelihood, std::int64_t) -> MomentValues {
       return {o, g.scalar(likelihood.variance(torch::zeros({1})).item<double>())};
     }},
    {"gaussian_shared",
     [](GraphBuilder& g, const std::string& o, const Likelihood&, std::int64_t) -> MomentValues {
       return {o, variance_of(g, g.add(Op::kMultiply, {"shared_outputs", g.scalar(kSharedPace)}))};
     }},
    {"gaussian_learned",
     [](GraphBuilder& g, const std::string& o, const Likelihood&, std::int64_t width) -> MomentValues {
       return {g.add(Op::kNarrow, {o}, {1, 0, width}), variance_of(g, g.add(Op::kNarrow, {o}, {1, width, width}))};
     }},
};

}  // namespace

MomentValues graph_of_moments(GraphBuilder& g, const std::string& outputs, const Likelihood& likelihood,
                              std::int64_t width) {
  std::vector<std::string> known;
  for (const auto& graph : kMomentGraphs) {
    if (graph.likelihood == likelihood.name()) return graph.add(g, outputs, likelihood, width);
    known.emplace_back(graph.likelihood);
  }
  throw StateError(
      fmt::format("{}: cannot be exported; allowed: the likelihoods {}", likelihood.name(), listed(known)));
}

}  // namespace vib
