#include "vib/experiment/parts/likelihood/likelihoods.h"

namespace vib {

LikelihoodPart gaussian_shared_likelihood() {
  LikelihoodPart part;
  part.name = "gaussian_shared";
  part.meaning = "a variance of each value, the same for all examples, is learned";
  part.build = [](const std::any&, const DataDescription& data) -> TargetLikelihood {
    require_values("gaussian_shared", data);
    return {Likelihood::gaussian_shared(), data.values};
  };
  return part;
}

}  // namespace vib
