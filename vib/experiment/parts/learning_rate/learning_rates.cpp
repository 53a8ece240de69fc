#include "vib/experiment/parts/learning_rate/learning_rates.h"

namespace vib {

LearningRatePart constant_learning_rate();
LearningRatePart staircase_learning_rate();
LearningRatePart step_learning_rate();
LearningRatePart cosine_learning_rate();

const std::vector<LearningRatePart>& LearningRatePart::all() {
  static const std::vector<LearningRatePart> parts = {constant_learning_rate(), staircase_learning_rate(),
                                                      step_learning_rate(), cosine_learning_rate()};
  return parts;
}

}  // namespace vib
