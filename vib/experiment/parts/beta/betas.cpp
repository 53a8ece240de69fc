#include "vib/experiment/parts/beta/betas.h"

namespace vib {

BetaPart constant_beta();
BetaPart linear_beta();
BetaPart cosine_beta();
BetaPart cyclic_beta();
BetaPart exponential_beta();
BetaPart piecewise_beta();
BetaPart dual_beta();

const std::vector<BetaPart>& BetaPart::all() {
  static const std::vector<BetaPart> parts = {constant_beta(),    linear_beta(),    cosine_beta(), cyclic_beta(),
                                              exponential_beta(), piecewise_beta(), dual_beta()};
  return parts;
}

}  // namespace vib
