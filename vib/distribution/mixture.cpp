#include "vib/distribution/mixture.h"

#include <cmath>
#include <numbers>

namespace vib {

torch::Tensor log_prob_of_each(const torch::Tensor& z, const DiagonalGaussian& components) {
  const auto exact = [](const torch::Tensor& x) { return x.to(torch::kFloat64); };
  const auto point = exact(z), mean = exact(components.mean), log_variance = exact(components.log_variance);
  const auto precision = (-log_variance).exp(), scaled = mean * precision;
  const auto constant = (mean * scaled + log_variance + std::log(2.0 * std::numbers::pi)).sum(-1);
  const auto distance = point.square().matmul(precision.t()) - 2.0 * point.matmul(scaled.t());
  return (-0.5 * (distance + constant)).to(z.scalar_type());
}

torch::Tensor log_prob_of_each(const torch::Tensor& z, const Posterior& components) {
  const auto* gaussians = components.as<DiagonalGaussian>();
  TORCH_CHECK(gaussians != nullptr, "a mixture is one of Gaussians with diagonal covariances");
  return log_prob_of_each(z, *gaussians);
}

torch::Tensor mixture_log_prob(const torch::Tensor& z, const torch::Tensor& log_weights,
                               const DiagonalGaussian& components) {
  return (log_prob_of_each(z, components) + log_weights).logsumexp(-1);
}

}  // namespace vib
