#include "vib/experiment/parts/learning_rate/learning_rates.h"

namespace vib {

LearningRatePart constant_learning_rate() {
  LearningRatePart part;
  part.name = "constant";
  part.meaning = "lr throughout";
  part.build = [](const std::any&, double lr, std::int64_t) { return constant(lr); };
  return part;
}

}  // namespace vib
