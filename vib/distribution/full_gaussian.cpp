#include "vib/distribution/full_gaussian.h"

#include <cmath>
#include <numbers>

namespace vib {
namespace {

const double kUnitEntropy = 0.5 * std::log(2 * std::numbers::pi * std::numbers::e);  // of N(0, 1)

// `solve_or_multiply` of columns `[..., K, N]`, for vectors `[..., K]`. Dimensions that these have in front of the
// factor's become columns, so that no factor is copied for them.
template <typename Function>
torch::Tensor by_columns(const torch::Tensor& factor, const torch::Tensor& x, const Function& solve_or_multiply) {
  const auto extra = x.dim() - (factor.dim() - 1);
  if (extra <= 0) return solve_or_multiply(x.unsqueeze(-1)).squeeze(-1);
  const auto columns = x.flatten(0, extra - 1).movedim(0, -1);
  return solve_or_multiply(columns).movedim(-1, 0).unflatten(0, x.sizes().slice(0, static_cast<std::size_t>(extra)));
}

// log L_ii, `[..., K]`
torch::Tensor log_diagonal(const FullGaussian& q) { return q.cholesky.diagonal(0, -2, -1).log(); }

// Σ_{j<i} L_ij², `[..., K]`
torch::Tensor squares_below(const FullGaussian& q) { return q.cholesky.tril(-1).square().sum(-1); }

}  // namespace

torch::Tensor FullGaussian::stddev() const { return cholesky.square().sum(-1).sqrt(); }

torch::Tensor FullGaussian::covariance() const { return at::matmul(cholesky, cholesky.mT()); }

torch::Tensor FullGaussian::sample_with(const torch::Tensor& noise) const {
  return mean + by_columns(cholesky, noise, [&](const torch::Tensor& columns) { return cholesky.matmul(columns); });
}

torch::Tensor FullGaussian::log_prob(const torch::Tensor& z) const {
  const auto standardised = by_columns(cholesky, z - mean, [&](const torch::Tensor& columns) {
    return at::linalg_solve_triangular(cholesky, columns, /*upper=*/false);
  });
  return standard_normal_log_prob(standardised) - log_diagonal(*this).sum(-1);
}

torch::Tensor FullGaussian::entropy() const { return (log_diagonal(*this) + kUnitEntropy).sum(-1); }

torch::Tensor kl_to_standard_normal(const FullGaussian& q) {
  const auto log_square = 2.0 * log_diagonal(q);
  return 0.5 * (q.mean.square() + squares_below(q) + log_square.expm1() - log_square).sum(-1);
}

torch::Tensor kl(const FullGaussian& q, const DiagonalGaussian& r) {
  const auto distance = ((q.mean - r.mean).square() + squares_below(q)) * (-r.log_variance).exp();
  const auto log_ratio = 2.0 * log_diagonal(q) - r.log_variance;
  return 0.5 * (distance + log_ratio.expm1() - log_ratio).sum(-1);
}

}  // namespace vib
