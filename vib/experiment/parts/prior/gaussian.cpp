#include "vib/nn/prior/gaussian.h"

#include "vib/experiment/parts/prior/priors.h"

namespace vib {

PriorPart gaussian_prior() {
  PriorPart part;
  part.name = "gaussian";
  part.meaning = "a mean and a variance of each dimension, learned with the rest; starts as N(0, I)";
  part.build = [](const std::any&, const DataDescription&, std::int64_t latent) {
    return Prior(GaussianPrior(latent));
  };
  return part;
}

}  // namespace vib
