#include "vib/information/generalization.h"

#include <cmath>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/units.h"

namespace vib {

double finite_class_bound(double hypotheses_bits, std::int64_t examples, double delta) {
  if (!(hypotheses_bits >= 0)) throw Error(fmt::format("a bound takes 0 or more bits, found {}", hypotheses_bits));
  if (examples < 1) throw Error(fmt::format("a bound takes one example or more, found {}", examples));
  if (!(delta > 0 && delta < 1)) throw Error(fmt::format("δ is a probability between 0 and 1, found {}", delta));
  return std::sqrt((to_nats(hypotheses_bits) + std::log(2 / delta)) / (2 * static_cast<double>(examples)));
}

double input_compression_bound(double itx_bits, std::int64_t examples, double delta) {
  if (!(itx_bits >= 0)) throw Error(fmt::format("a bound takes 0 or more bits, found {}", itx_bits));
  return finite_class_bound(std::exp2(itx_bits), examples, delta);
}

}  // namespace vib
