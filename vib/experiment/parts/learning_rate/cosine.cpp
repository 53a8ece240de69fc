#include "vib/experiment/parts/learning_rate/learning_rates.h"

namespace vib {

LearningRatePart cosine_learning_rate() {
  LearningRatePart part;
  part.name = "cosine";
  part.meaning = "half a cosine from lr down to lr · final at the last epoch";
  part.options = 0.0;
  part.keys = taking<double>([](double& final, Section& s) {
    s.field("final", final, at_least(0).at_most(1), "share of lr left at the end");
  });
  part.build = taking<double>(
      [](double final, double lr, std::int64_t epochs) { return cosine(lr, lr * final, static_cast<double>(epochs)); });
  return part;
}

}  // namespace vib
