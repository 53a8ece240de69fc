#include <utility>

#include "vib/experiment/parts/beta/betas.h"
#include "vib/experiment/parts/limits.h"

namespace vib {
namespace {

/// What all of these have.
struct Ramp {
  double from = 0;
  double to = 1e-3;
  double epochs = 10;
};

BetaPart ramp(std::string name, std::string meaning, Schedule (*schedule)(double from, double to, double epochs)) {
  BetaPart part;
  part.name = std::move(name);
  part.meaning = std::move(meaning);
  part.options = Ramp{};
  part.keys = taking<Ramp>([](Ramp& o, Section& s) {
    s.field("from", o.from, at_least(0).at_most(kGreatestBeta), "β at the start");
    s.field("to", o.to, at_least(0).at_most(kGreatestBeta), "β at the end of the ramp and after it");
    s.field("epochs", o.epochs, above(0), "length of the ramp; of a period for cyclic");
  });
  part.build = taking<Ramp>([schedule](const Ramp& o) { return schedule(o.from, o.to, o.epochs); });
  return part;
}

}  // namespace

BetaPart linear_beta() { return ramp("linear", "a straight ramp, then constant", linear); }

BetaPart cosine_beta() { return ramp("cosine", "half a cosine, then constant", cosine); }

BetaPart cyclic_beta() {
  return ramp("cyclic", "each period rises over its first half and stays for the rest (Fu et al. 2019)", cyclic);
}

BetaPart exponential_beta() {
  auto part = ramp("exponential", "a geometric ramp, then constant", exponential);
  part.options = Ramp{.from = 1e-6};
  part.keys = taking<Ramp>([](Ramp& o, Section& s) {  // no zero
    s.field("from", o.from, above(0).at_most(kGreatestBeta), "β at the start, above 0");
    s.field("to", o.to, above(0).at_most(kGreatestBeta), "β at the end of the ramp and after it");
    s.field("epochs", o.epochs, above(0), "length of the ramp");
  });
  return part;
}

}  // namespace vib
