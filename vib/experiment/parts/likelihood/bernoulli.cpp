#include <fmt/format.h>

#include "vib/experiment/parts/likelihood/likelihoods.h"

namespace vib {

LikelihoodPart bernoulli_likelihood() {
  LikelihoodPart part;
  part.name = "bernoulli";
  part.meaning = "sigmoid: one label of two classes, several labels, or the shades of pixels";
  part.build = [](const std::any&, const DataDescription& data) -> TargetLikelihood {
    if (data.reconstructs && data.inputs == DataDescription::Inputs::kBytes) return {Likelihood::shades(), data.values};
    if (data.classes == 0 && !data.shares)
      refuse_likelihood("bernoulli", "needs labels of 0 and 1; the targets hold other values: use gaussian_shared");
    if (data.target_mean.defined())
      refuse_likelihood(
          "bernoulli",
          "needs targets from 0 to 1 as they are, and these are standardised; set data.standardize_targets: false");
    if (data.reconstructs || data.classes == 1 || data.classes > 2)
      refuse_likelihood(
          "bernoulli",
          fmt::format("needs two classes, labels, or pixels to reconstruct; the targets are {}", targets_of(data)));
    return {Likelihood::bernoulli(), data.classes == 2 ? 1 : data.values};  // two classes are one label
  };
  return part;
}

}  // namespace vib
