#include "vib/nn/prior/class_conditional.h"

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/experiment/parts/likelihood/likelihoods.h"
#include "vib/experiment/parts/prior/priors.h"

namespace vib {
namespace {

/// What the examples of each class weigh together, `[C]`.
torch::Tensor weight_of_each_class(const Dataset& data) {
  const auto weights = data.weights.defined() ? data.weights.cpu() : torch::Tensor();
  return at::bincount(data.targets.cpu(), weights, data.classes);
}

}  // namespace

PriorPart class_conditional_prior() {
  PriorPart part;
  part.name = "class_conditional";
  part.meaning =
      "b(z|y), a mean and a variance of each dimension for each class, learned; what β prices (and a dual β steers) is "
      "then the residual, KL( q(z|x) || b(z|y) ), and the rate is against Σ p(y) b(z|y)";
  part.conditional = true;
  part.build = [](const std::any&, const DataDescription& data, std::int64_t latent) {
    if (data.classes == 0)
      throw ConfigError(
          fmt::format("model.prior.type: class_conditional: has a density for each class, and the targets are {}; use "
                      "another prior",
                      targets_of(data)));
    return Prior(ClassConditionalPrior(latent, data.classes));
  };
  part.start = [](torch::nn::Module& prior, const Dataset& train, std::uint64_t) {
    prior.as<ClassConditionalPriorImpl>()->set_frequencies(weight_of_each_class(train));
  };
  return part;
}

}  // namespace vib
