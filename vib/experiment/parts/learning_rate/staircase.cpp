#include "vib/experiment/parts/learning_rate/learning_rates.h"

namespace vib {
namespace {

struct Staircase {
  double factor = 0.97;
  double every = 2;
};

}  // namespace

LearningRatePart staircase_learning_rate() {
  LearningRatePart part;
  part.name = "staircase";
  part.meaning = "lr · factor^floor(epoch / every), the paper's";
  part.options = Staircase{};
  part.keys = taking<Staircase>([](Staircase& o, Section& s) {
    s.field("factor", o.factor, above(0), "multiplies the learning rate");
    s.field("every", o.every, above(0), "epochs between multiplications");
  });
  part.build =
      taking<Staircase>([](const Staircase& o, double lr, std::int64_t) { return staircase(lr, o.factor, o.every); });
  return part;
}

}  // namespace vib
