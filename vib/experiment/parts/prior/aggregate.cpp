#include "vib/nn/prior/aggregate.h"

#include "vib/data/drawn_inputs.h"
#include "vib/experiment/parts/prior/priors.h"

namespace vib {
namespace {

struct AggregateKeys {
  std::int64_t examples = 1000;
};

}  // namespace

PriorPart aggregate_prior() {
  PriorPart part;
  part.name = "aggregate";
  part.meaning = "the mean of q(z|x) over the rest of the batch; afterwards over training examples that are kept";
  part.options = AggregateKeys{};
  part.keys = taking<AggregateKeys>([](AggregateKeys& o, Section& s) {
    s.field("examples", o.examples, at_least(1).at_most(1e5),
            "training examples that are kept with the weights; evaluation and prediction encode them for each batch");
  });
  part.build = taking<AggregateKeys>([](const AggregateKeys& o, const DataDescription& data, std::int64_t) {
    auto shape = data.shape;
    shape.insert(shape.begin(), o.examples);
    const bool tokens = data.inputs == DataDescription::Inputs::kTokens;
    return Prior(AggregatePrior(torch::zeros(shape, tokens ? torch::kInt64 : torch::kFloat32)));
  });
  part.training_misfit = taking<AggregateKeys>(
      [](const AggregateKeys& o, std::int64_t examples, std::int64_t batch) -> std::optional<Misfit> {
        if (batch >= 2) return needs_examples("examples", o.examples, examples);
        return Misfit{"type",
                      "aggregate: compares the examples of a batch, and train.batch_size leaves one of a single "
                      "example; change train.batch_size, or set train.drop_last: true where that is the last"};
      });
  part.start = [](torch::nn::Module& prior, const Dataset& train, std::uint64_t seed) {
    auto& examples = prior.as<AggregatePriorImpl>()->examples;
    examples.copy_(drawn_inputs(train, examples.size(0), seed));
  };
  return part;
}

}  // namespace vib
