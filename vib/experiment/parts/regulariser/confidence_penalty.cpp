#include "vib/experiment/parts/regulariser/regularisers.h"
#include "vib/objective/regularisers.h"

namespace vib {

RegulariserPart confidence_penalty_part() {
  return {.name = "confidence_penalty",
          .meaning = "weight of -H(q(y|z)), the negative entropy of a prediction; 0: none (Pereyra et al. 2017)",
          .weights = at_least(0).at_most(1e6),
          .misfit = needs_labels,
          .term = confidence_penalty()};
}

}  // namespace vib
