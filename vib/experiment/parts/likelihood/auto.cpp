#include "vib/experiment/parts/likelihood/likelihoods.h"

namespace vib {

LikelihoodPart auto_likelihood() {
  LikelihoodPart part;
  part.name = "auto";
  part.meaning = "categorical for classes, bernoulli for pixels to reconstruct, gaussian for other values";
  part.build = [](const std::any&, const DataDescription& data) -> TargetLikelihood {
    if (data.classes > 0) return {Likelihood::categorical(), data.classes};
    const bool pixels = data.reconstructs && data.inputs == DataDescription::Inputs::kBytes;
    return {pixels ? Likelihood::shades() : Likelihood::gaussian(), data.values};
  };
  return part;
}

}  // namespace vib
