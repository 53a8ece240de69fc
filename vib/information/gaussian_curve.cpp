#include "vib/information/gaussian_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/linalg_svdvals.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/core/units.h"

namespace vib {
namespace {

using torch::indexing::Slice;

/// 1 - ρ², without what is lost near 1.
double unexplained(double correlation) { return (1 - correlation) * (1 + correlation); }

/// The correlation matrix: whether a matrix is positive definite must not hang on the units of its variables.
torch::Tensor correlation_matrix(const torch::Tensor& covariance) {
  if (covariance.is_complex() || covariance.scalar_type() == torch::kBool)
    throw DataError("expected numbers; found a tensor of another type");
  if (covariance.dim() != 2 || covariance.size(0) != covariance.size(1))
    throw DataError(fmt::format("expected a covariance, a square matrix; found the shape {}",
                                fmt::format("({})", fmt::join(covariance.sizes(), ", "))));
  const auto dims = covariance.size(0);
  if (dims < 2) throw DataError("expected the covariance of X and Y together, 2 x 2 or larger");
  const auto matrix = covariance.detach().to(torch::kCPU, torch::kFloat64);
  if (!matrix.isfinite().all().item<bool>()) throw DataError("the covariance holds NaN or infinity");
  const auto variances = matrix.diagonal();
  if (const auto wrong = variances <= 0; wrong.any().item<bool>()) {
    const auto at = wrong.nonzero()[0].item<std::int64_t>();
    throw DataError(
        fmt::format("the variance in row {} is {}; a covariance is positive definite: leave out variables "
                    "that are constant",
                    at + 1, variances[at].item<double>()));
  }
  const auto deviations = variances.sqrt();
  const auto scaled = matrix / deviations.unsqueeze(1) / deviations.unsqueeze(0);
  constexpr double kAsymmetry = 1e-6;  // what float32 leaves
  if (const auto wrong = (scaled - scaled.t()).abs() > kAsymmetry; wrong.any().item<bool>()) {
    const auto at = wrong.nonzero()[0];
    const auto i = at[0].item<std::int64_t>(), j = at[1].item<std::int64_t>();
    throw DataError(fmt::format("not symmetric: {} in row {}, column {}, but {} in row {}, column {}",
                                matrix[i][j].item<double>(), i + 1, j + 1, matrix[j][i].item<double>(), j + 1, i + 1));
  }
  return (scaled + scaled.t()) / 2;
}

}  // namespace

GaussianCurve::GaussianCurve(const torch::Tensor& covariance, std::int64_t x_dims) {
  const auto matrix = correlation_matrix(covariance);
  const auto dims = matrix.size(0);
  if (x_dims < 1 || x_dims >= dims)
    throw ConfigError(fmt::format(
        "the dimensions of X must be from 1 to {}, since the covariance has {} for X and Y together; found {}",
        dims - 1, dims, x_dims));
  // Below this the closed form would read rounding errors.
  const auto least = at::linalg_eigvalsh(matrix).min().item<double>();
  if (least <= 4 * std::numeric_limits<double>::epsilon() * static_cast<double>(dims))
    throw DataError(fmt::format(
        "not positive definite: the smallest eigenvalue, of the correlations, is {:.3g}; leave out variables that are "
        "combinations of others, or add noise to the diagonal",
        least));
  const auto x = Slice(0, x_dims), y = Slice(x_dims);
  const auto factor_x = std::get<0>(at::linalg_cholesky_ex(matrix.index({x, x})));
  const auto factor_y = std::get<0>(at::linalg_cholesky_ex(matrix.index({y, y})));
  const auto half = at::linalg_solve_triangular(factor_x, matrix.index({x, y}), /*upper=*/false);
  const auto white = at::linalg_solve_triangular(factor_y, half.t(), /*upper=*/false);
  const auto values = at::linalg_svdvals(white).clamp(0, 1 - std::numeric_limits<double>::epsilon()).contiguous();
  correlations_.assign(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel());
}

CurvePoint GaussianCurve::at(double beta) const {
  double itx = 0, ity = 0;
  for (const double correlation : correlations_) {
    const double explained = correlation * correlation;
    if (beta * explained <= 1) continue;
    const double relevant = 0.5 * std::log((beta - 1) * explained / unexplained(correlation));
    itx += relevant;
    ity += relevant - 0.5 * std::log(beta * explained);
  }
  const double itx_bits = to_bits(itx), ity_bits = to_bits(ity);
  return {beta, itx_bits, ity_bits, itx_bits - beta * ity_bits, 0};
}

std::vector<double> GaussianCurve::eigenvalues() const {
  std::vector<double> values;
  for (const double correlation : correlations_) values.push_back(unexplained(correlation));
  return values;
}

std::vector<double> GaussianCurve::critical_betas() const {
  // A correlation that small is what rounding makes of none.
  constexpr double kNone = 1e-14;
  std::vector<double> values;
  for (const double correlation : correlations_)
    values.push_back(correlation < kNone ? std::numeric_limits<double>::infinity() : 1 / (correlation * correlation));
  return values;
}

double GaussianCurve::ixy_bits() const {
  double nats = 0;
  for (const double correlation : correlations_) nats -= 0.5 * std::log(unexplained(correlation));
  return to_bits(nats);
}

}  // namespace vib
