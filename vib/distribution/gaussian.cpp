#include "vib/distribution/gaussian.h"

#include <cmath>
#include <numbers>

namespace vib {
namespace {

const double kLogTwoPi = std::log(2.0 * std::numbers::pi);

}  // namespace

torch::Tensor DiagonalGaussian::stddev() const {
  TORCH_CHECK(!deterministic(), "a deterministic posterior (a point mass) has no standard deviation");
  return (0.5 * log_variance).exp();
}

torch::Tensor DiagonalGaussian::sample(std::int64_t draws, std::optional<torch::Generator> generator) const {
  TORCH_CHECK(draws >= 1, "draws must be at least 1, got ", draws);
  if (deterministic()) return mean.unsqueeze(0);
  auto shape = mean.sizes().vec();
  shape.insert(shape.begin(), draws);
  return sample_with(at::randn(shape, std::move(generator), mean.options()));
}

torch::Tensor DiagonalGaussian::sample_with(const torch::Tensor& noise) const {
  return deterministic() ? mean : at::addcmul(mean, stddev(), noise);
}

torch::Tensor DiagonalGaussian::log_prob(const torch::Tensor& z) const {
  TORCH_CHECK(!deterministic(), "a deterministic posterior (a point mass) has no density");
  const auto standardised = (z - mean) * (-0.5 * log_variance).exp();
  return -0.5 * (standardised.square() + log_variance + kLogTwoPi).sum(-1);
}

torch::Tensor StandardNormal::log_prob(const torch::Tensor& z) const { return -0.5 * (z.square() + kLogTwoPi).sum(-1); }

}  // namespace vib
