#include "vib/experiment/parts/prior/priors.h"

namespace vib {

PriorPart standard_normal_prior();
PriorPart gaussian_prior();

const std::vector<PriorPart>& PriorPart::all() {
  static const std::vector<PriorPart> parts = {standard_normal_prior(), gaussian_prior()};
  return parts;
}

}  // namespace vib
