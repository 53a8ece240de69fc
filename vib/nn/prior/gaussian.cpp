#include "vib/nn/prior/gaussian.h"

#include "vib/distribution/log_variance.h"

namespace vib {

GaussianPriorImpl::GaussianPriorImpl(std::int64_t latent) : latent(latent) { reset(); }

void GaussianPriorImpl::reset() {
  TORCH_CHECK(latent >= 1, "a prior needs a latent dimension of at least 1, got ", latent);
  mean = register_parameter("mean", torch::zeros({latent}));
  log_variance = register_parameter("log_variance", torch::zeros({latent}));
}

DiagonalGaussian GaussianPriorImpl::distribution() const { return {mean, bounded_log_variance(log_variance)}; }

torch::Tensor GaussianPriorImpl::log_prob(const torch::Tensor& z, const torch::Tensor&) const {
  return distribution().log_prob(z);
}

std::optional<torch::Tensor> GaussianPriorImpl::kl(const Posterior& q, const torch::Tensor&) const {
  return vib::kl(q, distribution());
}

}  // namespace vib
