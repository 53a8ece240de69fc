#include "vib/experiment/parts/learning_rate/learning_rates.h"

namespace vib {
namespace {

struct Steps {
  std::vector<double> milestones = {10};
  double factor = 0.97;
};

}  // namespace

LearningRatePart step_learning_rate() {
  LearningRatePart part;
  part.name = "step";
  part.meaning = "lr multiplied at given epochs";
  part.options = Steps{};
  part.keys = taking<Steps>([](Steps& o, Section& s) {
    s.field("milestones", o.milestones, each(at_least(0)).increasing(), "epochs");
    s.field("factor", o.factor, above(0), "multiplies the learning rate at each");
  });
  part.build =
      taking<Steps>([](const Steps& o, double lr, std::int64_t) { return multistep(lr, o.milestones, o.factor); });
  return part;
}

}  // namespace vib
