#include "vib/nn/prior/vamp.h"

#include "vib/data/drawn_inputs.h"
#include "vib/experiment/parts/prior/priors.h"

namespace vib {
namespace {

struct VampKeys {
  std::int64_t components = 50;
};

}  // namespace

PriorPart vamp_prior() {
  PriorPart part;
  part.name = "vamp";
  part.meaning = "the mean of q(z|u) over learned pseudo-inputs u, which start as training examples";
  part.options = VampKeys{};
  part.keys = taking<VampKeys>([](VampKeys& o, Section& s) {
    s.field("components", o.components, at_least(1).at_most(1e5),
            "pseudo-inputs; each is encoded at every step, like an example more in the batch");
  });
  part.build = taking<VampKeys>([](const VampKeys& o, const DataDescription& data, std::int64_t) {
    auto shape = data.shape;
    shape.insert(shape.begin(), o.components);
    return Prior(VampPrior(torch::zeros(shape)));
  });
  part.misfit = taking<VampKeys>([](const VampKeys&, const DataDescription& data) -> std::optional<Misfit> {
    if (data.inputs != DataDescription::Inputs::kTokens) return std::nullopt;
    return Misfit{"type",
                  "vamp: learns inputs by their gradients, and the inputs here are whole numbers (tokens), which have "
                  "none; use aggregate, or another prior"};
  });
  part.training_misfit = taking<VampKeys>([](const VampKeys& o, std::int64_t examples, std::int64_t) {
    return needs_examples("components", o.components, examples);
  });
  part.start = [](torch::nn::Module& prior, const Dataset& train, std::uint64_t seed) {
    torch::NoGradGuard no_grad;
    auto& inputs = prior.as<VampPriorImpl>()->pseudo_inputs;
    inputs.copy_(drawn_inputs(train, inputs.size(0), seed));
  };
  return part;
}

}  // namespace vib
