#include "vib/distribution/gaussian.h"

#include <cmath>
#include <numbers>

namespace vib {
namespace {

const double kLogTwoPi = std::log(2.0 * std::numbers::pi);

}  // namespace

torch::Tensor DiagonalGaussian::stddev() const { return (0.5 * log_variance).exp(); }

torch::Tensor DiagonalGaussian::covariance() const { return at::diag_embed(log_variance.exp()); }

torch::Tensor DiagonalGaussian::sample_with(const torch::Tensor& noise) const {
  return at::addcmul(mean, stddev(), noise);
}

torch::Tensor DiagonalGaussian::log_prob(const torch::Tensor& z) const {
  const auto standardised = (z - mean) * (-0.5 * log_variance).exp();
  return -0.5 * (standardised.square() + log_variance + kLogTwoPi).sum(-1);
}

torch::Tensor DiagonalGaussian::entropy() const { return 0.5 * (log_variance + 1 + kLogTwoPi).sum(-1); }

torch::Tensor kl_to_standard_normal(const DiagonalGaussian& q) {
  return 0.5 * (q.mean.square() + q.log_variance.expm1() - q.log_variance).sum(-1);
}

torch::Tensor kl(const DiagonalGaussian& q, const DiagonalGaussian& r) {
  const auto distance = (q.mean - r.mean).square() * (-r.log_variance).exp();
  const auto log_ratio = q.log_variance - r.log_variance;
  return 0.5 * (distance + log_ratio.expm1() - log_ratio).sum(-1);
}

torch::Tensor standard_normal_log_prob(const torch::Tensor& z) { return -0.5 * (z.square() + kLogTwoPi).sum(-1); }

}  // namespace vib
