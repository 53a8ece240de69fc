#pragma once

namespace vib {

/// One point of the curve that no code T of X can pass, T - X - Y: the least of I(T;X) - β I(T;Y) over all p(t|x), and
/// where it is attained.
struct CurvePoint {
  double beta = 0;
  double itx_bits = 0;
  double ity_bits = 0;
  double lagrangian_bits = 0;  ///< I(T;X) - β I(T;Y) of this point: an encoder has it, so it is no less than the least
  double gap_bits = 0;         ///< by how much the least can be below it at most; how well that is known is said there
};

}  // namespace vib
