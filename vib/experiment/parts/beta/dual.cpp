#include "vib/core/units.h"
#include "vib/experiment/parts/beta/betas.h"
#include "vib/experiment/parts/limits.h"
#include "vib/objective/controller.h"

namespace vib {
namespace {

enum class DualScale { kLog, kLinear };

struct DualKeys {
  double target_bits = 10;
  DualScale scale = DualScale::kLog;
  LogDualOptions log = LogDualOptions(/*target, in nats=*/0);
  DualOptions linear = DualOptions(/*target, in nats=*/0);
};

}  // namespace

BetaPart dual_beta() {
  BetaPart part;
  part.name = "dual";
  part.meaning = "holds the rate: after each step β follows its excess over a target (Peng et al. 2019)";
  part.options = DualKeys{};
  part.keys = taking<DualKeys>([](DualKeys& o, Section& s) {
    s.field("target_bits", o.target_bits, above(0), "the mean rate that is asked for");
    s.choice("scale", o.scale,
             {{"log", DualScale::kLog, "log β <- log β + step clip((R - target) / target, -0.1, 0.1), R a running mean",
               [&](Section& s) {
                 s.field("step", o.log.step(), above(0).at_most(10),
                         "change of log β per step of training and relative excess of R");
                 s.field("initial", o.log.initial(), above(0).at_most(kGreatestBeta), "β of the first step");
               }},
              {"linear", DualScale::kLinear, "β <- max(0, β + step (R - target)), R in nats, as published",
               [&](Section& s) {
                 s.field("step", o.linear.step(), above(0).at_most(kGreatestBeta),
                         "change of β per step of training and nat");
                 s.field("initial", o.linear.initial(), at_least(0).at_most(kGreatestBeta), "β of the first step");
               }}},
             "what is added to");
  });
  part.build = taking<DualKeys>([](DualKeys o) {
    const auto target = to_nats(o.target_bits);
    return o.scale == DualScale::kLog ? dual(o.log.target(target)) : dual(o.linear.target(target));
  });
  return part;
}

}  // namespace vib
