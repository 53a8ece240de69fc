#include "vib/experiment/parts/likelihood/likelihoods.h"

namespace vib {

LikelihoodPart gaussian_likelihood() {
  LikelihoodPart part;
  part.name = "gaussian";
  part.meaning = "mean-squared error as a likelihood, with a fixed variance";
  part.options = 1.0;
  part.keys = taking<double>([](double& variance, Section& s) {
    s.field("variance", variance, above(0),
            "σ² of every value, as the network is given it: standardised ones have 1 in all");
  });
  part.build = taking<double>([](double variance, const DataDescription& data) -> TargetLikelihood {
    require_values("gaussian", data);
    return {Likelihood::gaussian(variance), data.values};
  });
  return part;
}

}  // namespace vib
