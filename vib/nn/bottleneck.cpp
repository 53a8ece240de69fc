#include "vib/nn/bottleneck.h"

#include "vib/distribution/log_variance.h"

namespace vib {
namespace {

torch::Tensor at_least_float32(const torch::Tensor& x) {
  return torch::isReducedFloatingType(x.scalar_type()) ? x.to(torch::kFloat32) : x;
}

}  // namespace

GaussianBottleneckImpl::GaussianBottleneckImpl(GaussianBottleneckOptions options) : options(std::move(options)) {
  reset();
}

void GaussianBottleneckImpl::reset() {
  TORCH_CHECK(options.features() >= 1 && options.latent() >= 1,
              "a bottleneck needs features >= 1 and latent >= 1, got ", options.features(), " and ", options.latent());
  const auto outputs = options.deterministic() ? options.latent() : 2 * options.latent();
  linear = register_module("linear", torch::nn::Linear(options.features(), outputs));
}

void GaussianBottleneckImpl::pretty_print(std::ostream& stream) const {
  stream << "vib::GaussianBottleneck(features=" << options.features() << ", latent=" << options.latent()
         << ", scale=" << (options.scale() == Scale::kSoftplus ? "softplus" : "log_variance")
         << ", deterministic=" << (options.deterministic() ? "true" : "false") << ")";
}

Posterior GaussianBottleneckImpl::encode(const torch::Tensor& features) {
  TORCH_CHECK(features.dim() >= 1 && features.size(-1) == options.features(), "the bottleneck takes features of [..., ",
              options.features(), "], got ", features.sizes());
  const auto output = at_least_float32(linear->forward(features));
  if (options.deterministic()) return PointMass{output};
  const auto halves = output.chunk(2, -1);
  const auto log_variance =
      options.scale() == Scale::kSoftplus ? softplus_log_variance(halves[1], options.shift()) : halves[1];
  return DiagonalGaussian{halves[0], bounded_log_variance(log_variance)};
}

std::pair<torch::Tensor, Posterior> GaussianBottleneckImpl::forward(const torch::Tensor& features,
                                                                    std::optional<torch::Generator> generator) {
  auto posterior = encode(features);
  auto z = posterior.sample(1, std::move(generator)).squeeze(0);
  return {std::move(z), std::move(posterior)};
}

}  // namespace vib
