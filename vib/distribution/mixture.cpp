#include "vib/distribution/mixture.h"

#include <cmath>
#include <numbers>

namespace vib {
namespace {

torch::Tensor exact(const torch::Tensor& x) { return x.to(torch::kFloat64); }

}  // namespace

torch::Tensor log_prob_of_each(const torch::Tensor& z, const DiagonalGaussian& components) {
  const auto point = exact(z), mean = exact(components.mean), log_variance = exact(components.log_variance);
  const auto precision = (-log_variance).exp(), scaled = mean * precision;
  const auto constant = (mean * scaled + log_variance + std::log(2.0 * std::numbers::pi)).sum(-1);
  const auto distance = point.square().matmul(precision.t()) - 2.0 * point.matmul(scaled.t());
  return (-0.5 * (distance + constant)).to(z.scalar_type());
}

torch::Tensor log_prob_of_each(const torch::Tensor& z, const FullGaussian& components) {
  const auto point = exact(z), mean = exact(components.mean), factor = exact(components.cholesky);
  const auto unit = at::eye(mean.size(-1), mean.options()).expand_as(factor);
  const auto inverse = at::linalg_solve_triangular(factor, unit, /*upper=*/false);
  const auto precision = at::matmul(inverse.mT(), inverse);
  const auto scaled = at::matmul(precision, mean.unsqueeze(-1)).squeeze(-1);
  const auto log_determinant = 2.0 * factor.diagonal(0, -2, -1).log();
  const auto constant = (mean * scaled + log_determinant + std::log(2.0 * std::numbers::pi)).sum(-1);
  const auto products = (point.unsqueeze(-1) * point.unsqueeze(-2)).flatten(-2);
  const auto distance = products.matmul(precision.flatten(-2).t()) - 2.0 * point.matmul(scaled.t());
  return (-0.5 * (distance + constant)).to(z.scalar_type());
}

torch::Tensor log_prob_of_each(const torch::Tensor& z, const Posterior& components) {
  if (const auto* full = components.as<FullGaussian>()) return log_prob_of_each(z, *full);
  const auto* diagonal = components.as<DiagonalGaussian>();
  TORCH_CHECK(diagonal != nullptr, "a mixture is one of Gaussians, and these are point masses");
  return log_prob_of_each(z, *diagonal);
}

torch::Tensor mixture_log_prob(const torch::Tensor& z, const torch::Tensor& log_weights,
                               const DiagonalGaussian& components) {
  return (log_prob_of_each(z, components) + log_weights).logsumexp(-1);
}

}  // namespace vib
