#include "vib/experiment/parts/likelihood/likelihoods.h"

namespace vib {

LikelihoodPart gaussian_shared_likelihood() {
  LikelihoodPart part;
  part.name = "gaussian_shared";
  part.meaning = "a variance for each value is learned, one for all examples";
  part.build = [](const std::any&, const DataDescription& data) -> TargetLikelihood {
    require_values("gaussian_shared", data);
    return {Likelihood::gaussian_shared(), data.values};
  };
  return part;
}

}  // namespace vib
