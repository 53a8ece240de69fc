#include "vib/experiment/parts/regulariser/regularisers.h"
#include "vib/objective/regularisers.h"

namespace vib {

RegulariserPart label_smoothing_part() {
  return {.name = "label_smoothing",
          .meaning = "ε of the targets (1 - ε) y + ε / C, of C classes; 0: none (Szegedy et al. 2016)",
          .weights = at_least(0).at_most(1),
          .misfit = needs_labels,
          .term = label_smoothing()};
}

}  // namespace vib
