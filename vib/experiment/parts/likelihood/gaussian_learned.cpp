#include "vib/experiment/parts/likelihood/likelihoods.h"

namespace vib {

LikelihoodPart gaussian_learned_likelihood() {
  LikelihoodPart part;
  part.name = "gaussian_learned";
  part.meaning = "the decoder gives each value's log σ² too, for each example";
  part.build = [](const std::any&, const DataDescription& data) -> TargetLikelihood {
    require_values("gaussian_learned", data);
    return {Likelihood::gaussian_learned(), data.values};
  };
  return part;
}

}  // namespace vib
