#include "vib/core/units.h"
#include "vib/experiment/parts/beta/betas.h"
#include "vib/experiment/parts/limits.h"
#include "vib/objective/controller.h"

namespace vib {
namespace {

struct DualKeys {
  double target_bits = 10;
  DualOptions options = DualOptions(/*target, in nats=*/0);
};

}  // namespace

BetaPart dual_beta() {
  BetaPart part;
  part.name = "dual";
  part.meaning = "holds the rate: β <- max(0, β + step (R - target)) after each step (Peng et al. 2019)";
  part.options = DualKeys{};
  part.keys = taking<DualKeys>([](DualKeys& o, Section& s) {
    s.field("target_bits", o.target_bits, at_least(0), "the largest mean rate");
    s.field("step", o.options.step(), above(0).at_most(kGreatestBeta), "β's change per step and nat");
    s.field("initial", o.options.initial(), at_least(0).at_most(kGreatestBeta), "β of the first step");
  });
  part.build = taking<DualKeys>([](const DualKeys& o) {
    auto options = o.options;
    return dual(options.target(to_nats(o.target_bits)));
  });
  return part;
}

}  // namespace vib
