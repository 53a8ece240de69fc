#include "vib/experiment/parts/beta/betas.h"
#include "vib/experiment/parts/limits.h"

namespace vib {

BetaPart constant_beta() {
  BetaPart part;
  part.name = "constant";
  part.meaning = "the same throughout";
  part.options = 1e-3;
  part.keys = taking<double>([](double& value, Section& s) {
    s.field("value", value, at_least(0).at_most(kGreatestBeta), "β, unit-free: both terms are in nats");
  });
  part.build = taking<double>([](double value) { return constant(value); });
  return part;
}

}  // namespace vib
