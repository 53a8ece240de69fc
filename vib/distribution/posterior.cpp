#include "vib/distribution/posterior.h"

namespace vib {
namespace {

// `function` of q where it is a Gaussian.
template <typename Function>
std::optional<torch::Tensor> if_gaussian(const Posterior& q, const Function& function) {
  if (const auto* diagonal = q.as<DiagonalGaussian>()) return function(*diagonal);
  if (const auto* full = q.as<FullGaussian>()) return function(*full);
  return std::nullopt;
}

}  // namespace

template <typename Function>
torch::Tensor Posterior::of_gaussian(const char* what, const Function& function) const {
  auto result = if_gaussian(*this, function);
  TORCH_CHECK(result.has_value(), "a deterministic posterior (a point mass) has no ", what);
  return *std::move(result);
}

const torch::Tensor& Posterior::mean() const {
  if (const auto* point = as<PointMass>()) return point->point;
  if (const auto* full = as<FullGaussian>()) return full->mean;
  return as<DiagonalGaussian>()->mean;
}

torch::Tensor Posterior::stddev() const {
  return of_gaussian("standard deviation", [](const auto& q) { return q.stddev(); });
}

torch::Tensor Posterior::covariance() const {
  return of_gaussian("covariance", [](const auto& q) { return q.covariance(); });
}

torch::Tensor Posterior::correlation() const {
  const auto s = stddev();
  return (covariance() / (s.unsqueeze(-1) * s.unsqueeze(-2))).clamp(-1, 1);
}

torch::Tensor Posterior::sample(std::int64_t draws, std::optional<torch::Generator> generator) const {
  TORCH_CHECK(draws >= 1, "draws must be at least 1, got ", draws);
  if (deterministic()) return mean().unsqueeze(0);
  auto shape = mean().sizes().vec();
  shape.insert(shape.begin(), draws);
  return sample_with(at::randn(shape, std::move(generator), mean().options()));
}

torch::Tensor Posterior::sample_with(const torch::Tensor& noise) const {
  if (deterministic()) return mean();
  return of_gaussian("draws", [&](const auto& q) { return q.sample_with(noise); });
}

torch::Tensor Posterior::log_prob(const torch::Tensor& z) const {
  return of_gaussian("density", [&](const auto& q) { return q.log_prob(z); });
}

std::optional<torch::Tensor> kl_to_standard_normal(const Posterior& q) {
  return if_gaussian(q, [](const auto& gaussian) { return kl_to_standard_normal(gaussian); });
}

std::optional<torch::Tensor> kl(const Posterior& q, const DiagonalGaussian& r) {
  return if_gaussian(q, [&](const auto& gaussian) { return kl(gaussian, r); });
}

}  // namespace vib
