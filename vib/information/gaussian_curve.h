#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/information/information_curve.h"

namespace vib {

/// The information bottleneck of jointly Gaussian X and Y in closed form (Chechik, Globerson, Tishby & Weiss, JMLR 6,
/// 2005). With λ_i the eigenvalues of Σ_{x|y} Σ_x^-1, the optimum of I(T;X) - β I(T;Y) uses those directions of X with
/// β above β_i = 1/(1 - λ_i):
///
///     I(T;X) = Σ_i ½ log( (β - 1) (1 - λ_i)/λ_i ),    I(T;Y) = I(T;X) - Σ_i ½ log( β (1 - λ_i) )
///
/// 1 - λ_i = ρ_i², with ρ_i the canonical correlations: the singular values of L_x^-1 Σ_xy L_y^-T for Σ = L L'.
class VIB_API GaussianCurve {
 public:
  /// `covariance`: of X and Y together, `[D, D]`, the first `x_dims` rows and columns those of X; 1 <= x_dims < D.
  /// Throws vib::DataError where it is not square, not finite, not symmetric (within 1e-6 of the standard deviations)
  /// or not positive definite, and vib::ConfigError for other x_dims.
  GaussianCurve(const torch::Tensor& covariance, std::int64_t x_dims);

  CurvePoint at(double beta) const;

  /// Of X, the strongest first: as many as the smaller of the two has dimensions. The other λ are 1.
  const std::vector<double>& correlations() const { return correlations_; }
  /// λ_i of these.
  std::vector<double> eigenvalues() const;
  /// β_i of these; infinite where X says nothing of Y in that direction. The first is where the curve leaves zero.
  std::vector<double> critical_betas() const;
  double ixy_bits() const;

 private:
  std::vector<double> correlations_;
};

}  // namespace vib
