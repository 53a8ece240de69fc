#include "vib/nn/prior/mixture.h"

#include <cmath>

#include "vib/core/device.h"
#include "vib/distribution/log_variance.h"
#include "vib/distribution/mixture.h"

namespace vib {

MixturePriorImpl::MixturePriorImpl(const MixturePriorOptions& options) : options(options) { reset(); }

void MixturePriorImpl::reset() {
  const auto n = options.components(), k = options.latent();
  TORCH_CHECK(n >= 1 && k >= 1, "a mixture needs components and a latent dimension of at least 1, got ", n, " and ", k);
  logits = register_parameter("logits", torch::zeros({n}));
  mean = register_parameter("mean", torch::empty({n, k}));
  log_variance = register_parameter("log_variance", torch::zeros({n, k}));
  draw_means(options.seed());
}

void MixturePriorImpl::draw_means(std::uint64_t seed) {
  torch::NoGradGuard no_grad;
  const auto scale = 1 / std::sqrt(static_cast<double>(options.latent()));
  mean.copy_(scale * at::randn(mean.sizes(), make_generator(torch::kCPU, seed)));
}

DiagonalGaussian MixturePriorImpl::components() const { return {mean, bounded_log_variance(log_variance)}; }

torch::Tensor MixturePriorImpl::log_prob(const torch::Tensor& z, const torch::Tensor&) const {
  return mixture_log_prob(z, logits.log_softmax(-1), components());
}

torch::Tensor MixturePriorImpl::responsibilities(const torch::Tensor& z) const {
  return (log_prob_of_each(z, components()) + logits.log_softmax(-1)).softmax(-1);
}

}  // namespace vib
