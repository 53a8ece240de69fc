#include "vib/distribution/posterior.h"

namespace vib {

const torch::Tensor& Posterior::mean() const {
  const auto* point = as<PointMass>();
  return point != nullptr ? point->point : as<DiagonalGaussian>()->mean;
}

const DiagonalGaussian& Posterior::spread(const char* what) const {
  const auto* gaussian = as<DiagonalGaussian>();
  TORCH_CHECK(gaussian != nullptr, "a deterministic posterior (a point mass) has no ", what);
  return *gaussian;
}

torch::Tensor Posterior::stddev() const { return spread("standard deviation").stddev(); }

torch::Tensor Posterior::sample(std::int64_t draws, std::optional<torch::Generator> generator) const {
  TORCH_CHECK(draws >= 1, "draws must be at least 1, got ", draws);
  if (deterministic()) return mean().unsqueeze(0);
  auto shape = mean().sizes().vec();
  shape.insert(shape.begin(), draws);
  return sample_with(at::randn(shape, std::move(generator), mean().options()));
}

torch::Tensor Posterior::sample_with(const torch::Tensor& noise) const {
  return deterministic() ? mean() : spread("draws").sample_with(noise);
}

torch::Tensor Posterior::log_prob(const torch::Tensor& z) const { return spread("density").log_prob(z); }

}  // namespace vib
