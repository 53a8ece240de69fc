#pragma once

// For the .cpp files of this folder: the information bottleneck of one piece of a joint table.

#include <torch/types.h>

#include "vib/information/joint_table.h"

namespace vib {

/// The least of L = I(T;X) - β I(T;Y) over all p(t|x), for β > 1.
///
/// What a code T decodes to is a measure over s = p(y|t), a point of the simplex of Y, each with a weight π = p(t):
///
///     L = F(π, s) - β I(X;Y),  F = -Σ_x p(x) log f(x),  f(x) = Σ_t π_t k(x, s_t),  k(x, s) = exp(-β KL(p(y|x) || s))
///
/// at its least over p(t|x), which is π_t k(x, s_t) / f(x): the self-consistent equations (Tishby, Pereira & Bialek
/// 1999). F is convex in the measure, a mixture's likelihood, so that any measure gives a bound: with w = p / f,
///
///     F - log max_s Z(s) <= least F <= F,     Z(s) = Σ_x w(x) k(x, s)
///
/// since w / max Z is feasible in the dual, max Σ p log w subject to Z <= 1 everywhere (Lindsay 1983). It is at the
/// least where no s has Z > 1. So: move the measure downhill (L-BFGS), drop what has no weight (Newton), and put new
/// points where Z is above 1, until it is nowhere by more than the tolerance. The one thing that is not convex is to
/// find the largest Z. Of two classes it is a line: a bound of Z over every stretch of it ends the search. Of more it
/// is a search from many starts.
class BottleneckSolver {
 public:
  explicit BottleneckSolver(const TablePart& part);

  /// In nats.
  struct Solution {
    double itx = 0;
    double ity = 0;
    double gap = 0;  ///< of itx - β ity
  };
  /// Starts from what the last call has found: call it with falling β. `tolerance`: of the gap, in nats.
  Solution solve(double beta, double tolerance);

  /// 1/ρ², with ρ the maximal correlation: below it no small change of T = constant helps. Infinite where ρ = 0.
  double local_critical_beta() const;
  /// The least β at which some T, however far from constant, gains.
  double critical_beta() const;

  /// Whether gaps are bounds, not what a search has found.
  bool certifies() const { return classes_ <= 2; }

 private:
  struct Measure {
    torch::Tensor points;   // [T, Y]
    torch::Tensor weights;  // [T]
  };
  struct Ascent {
    torch::Tensor points;
    torch::Tensor log_z;
  };
  struct Moved {
    torch::Tensor value;  // F
    torch::Tensor joint;  // p(t, y) of the next step of Blahut and Arimoto
  };

  torch::Tensor log_kernel(const torch::Tensor& points, double beta) const;
  torch::Tensor log_mixture(const Measure& measure, double beta) const;
  Moved moved(const Measure& measure, double beta) const;
  Ascent pulled(const torch::Tensor& points, const torch::Tensor& log_w, double beta) const;
  Ascent ascend(const torch::Tensor& from, const torch::Tensor& log_w, double beta, double tolerance) const;
  torch::Tensor starts(const torch::Tensor& log_w, double beta) const;
  torch::Tensor line_starts(const torch::Tensor& log_w, double beta) const;
  Ascent bound_on_line(const torch::Tensor& log_w, double beta, double tolerance) const;
  void descend(double beta, double tolerance);
  void prune(double beta, double distance);
  void fit_weights(double beta, double tolerance);
  Solution at_measure(double beta) const;
  double beta_of_one(const torch::Tensor& point, double beta) const;
  double ixy() const;  // nats

  std::int64_t classes_;
  torch::Tensor p_x_, p_y_given_x_, p_y_;
  torch::Tensor log_p_x_;
  torch::Tensor negative_entropy_;  // Σ_y p(y|x) log p(y|x), [X]
  torch::Tensor candidates_;        // where searches may start, [S, Y]
  Measure measure_;
};

}  // namespace vib
