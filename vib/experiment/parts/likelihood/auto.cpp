#include "vib/experiment/parts/likelihood/likelihoods.h"

namespace vib {

LikelihoodPart auto_likelihood() {
  LikelihoodPart part;
  part.name = "auto";
  part.meaning =
      "categorical for classes, gaussian_shared for values, bernoulli for pixels to reconstruct, gaussian for other "
      "inputs to reconstruct";
  part.build = [](const std::any&, const DataDescription& data) -> TargetLikelihood {
    if (data.classes > 0) return {Likelihood::categorical(), data.classes};
    if (!data.reconstructs && data.learns_variance) return {Likelihood::gaussian_shared(), data.values};
    const bool pixels = data.reconstructs && data.inputs == DataDescription::Inputs::kBytes;
    return {pixels ? Likelihood::shades() : Likelihood::gaussian(), data.values};
  };
  return part;
}

}  // namespace vib
