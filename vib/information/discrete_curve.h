#pragma once

#include <cstdint>
#include <vector>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/information/information_curve.h"

namespace vib {

struct DiscreteCurveOptions {
  TORCH_ARG(double, tolerance_bits) = 1e-7;  ///< of the Lagrangian: the gap that is worked for
};

/// For each of `betas`, in their order, the least of I(T;X) - β I(T;Y) over all p(t|x), with T of as many values as it
/// takes, for the joint table of counts or probabilities `[X, Y]` (see joint_table(), which is asked first). Exact, to
/// the tolerance; Tishby, Pereira & Bialek 1999 for the problem.
///
/// `lagrangian_bits` and its coordinates are those of an encoder, so that the point is never above the curve of I(T;Y)
/// over I(T;X), and at most gap_bits / β below it. The Lagrangian is known much better than where on a nearly straight
/// piece of the curve its point lies.
///
/// `gap_bits` comes from the convex dual. Where Y has two classes (in each piece of the table, see table_parts()) it is
/// a bound. Where it has more, it rests on the largest value of a function of p(y|t), which is searched for from many
/// starts: a missed one would make it too small. It is 0 where the answer is known beforehand: β <= 1, where it is 0 by
/// the data processing inequality; X and Y independent; labels Y that X determines.
///
/// Rounding limits the gap to about 1e-14 β nats. Throws vib::DataError as joint_table(), c10::Error for a β that is
/// negative or not finite.
VIB_API std::vector<CurvePoint> discrete_curve(const torch::Tensor& joint, const std::vector<double>& betas,
                                               const DiscreteCurveOptions& options = {});

/// Where the curve of a joint table leaves zero.
struct CriticalBeta {
  /// The least β at which some T pays: 1/β = sup over q(x) of KL(q_Y || p_Y) / KL(q_X || p_X), the constant of the
  /// strong data processing inequality (Anantharam, Gohari, Kamath & Nair 2013). Found by a search, exact once it is
  /// below `local`. Infinite where X and Y are independent.
  double global = 0;
  /// 1/ρ², with ρ the maximal correlation, the second singular value of p(x,y)/sqrt(p(x) p(y)): where T = constant
  /// stops being a minimum. The curve leaves zero here unless it jumps before.
  double local = 0;
};
VIB_API CriticalBeta critical_beta(const torch::Tensor& joint);

/// Whether gaps of discrete_curve() are bounds for this table.
VIB_API bool has_certified_gaps(const torch::Tensor& joint);

/// A point of the information plane.
struct PlanePoint {
  double itx_bits = 0;
  double ity_bits = 0;
};
/// The curve of the largest I(T;Y) over I(T;X), from (0, 0) to its end at I(X;Y), for drawing: `points` values of β, at
/// equal ratios from where it leaves zero to 1000 times that. Sorted, concave; what lies between two points is on or
/// above the line that joins them.
VIB_API std::vector<PlanePoint> information_limit(const torch::Tensor& joint, std::int64_t points = 60);

/// The corners of the least concave curve above `points`, from left to right.
VIB_API std::vector<PlanePoint> concave_hull(std::vector<PlanePoint> points);

}  // namespace vib
