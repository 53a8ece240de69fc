#include <utility>

#include "vib/experiment/parts/beta/betas.h"
#include "vib/experiment/parts/limits.h"

namespace vib {

BetaPart piecewise_beta() {
  using Points = std::vector<std::pair<double, double>>;
  BetaPart part;
  part.name = "piecewise";
  part.meaning = "linear between points";
  part.options = Points{{0.0, 0.0}, {10.0, 1e-3}};
  part.keys = taking<Points>([](Points& points, Section& s) {
    s.points("points", points, "epoch", at_least(0), "value", at_least(0).at_most(kGreatestBeta),
             "[[epoch, β], ...]; constant before the first and after the last");
  });
  part.build = taking<Points>([](const Points& points) { return piecewise(points); });
  return part;
}

}  // namespace vib
