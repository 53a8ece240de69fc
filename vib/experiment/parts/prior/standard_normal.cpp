#include "vib/nn/prior/standard_normal.h"

#include "vib/experiment/parts/prior/priors.h"

namespace vib {

PriorPart standard_normal_prior() {
  PriorPart part;
  part.name = "standard_normal";
  part.meaning = "N(0, I), the paper's";
  part.build = [](const std::any&, const DataDescription&, std::int64_t) { return Prior(StandardNormalPrior()); };
  return part;
}

}  // namespace vib
