#include <fmt/format.h>

#include "vib/experiment/parts/likelihood/likelihoods.h"

namespace vib {

LikelihoodPart categorical_likelihood() {
  LikelihoodPart part;
  part.name = "categorical";
  part.meaning = "softmax: one of several classes";
  part.build = [](const std::any&, const DataDescription& data) -> TargetLikelihood {
    if (data.classes > 0) return {Likelihood::categorical(), data.classes};
    refuse_likelihood("categorical", fmt::format("needs targets that are classes; these are {}", targets_of(data)));
  };
  return part;
}

}  // namespace vib
