#include "vib/nn/bottleneck.h"

namespace vib {
namespace {

// Below this, log softplus(x) = x to within exp(x) / 2, which is under float32's resolution of x.
constexpr double kSoftplusTail = -18.0;

torch::Tensor at_least_float32(const torch::Tensor& x) {
  return torch::isReducedFloatingType(x.scalar_type()) ? x.to(torch::kFloat32) : x;
}

}  // namespace

torch::Tensor bounded_log_variance(const torch::Tensor& x) {
  return x.detach().clamp(kLogVarianceFloor, kLogVarianceCeiling) + (x - x.detach());
}

torch::Tensor softplus_log_variance(const torch::Tensor& s, double shift) {
  const auto x = s - shift;
  const auto body = at::softplus(x.clamp_min(kSoftplusTail)).log();
  return 2.0 * at::where(x < kSoftplusTail, x, body);
}

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

DiagonalGaussian GaussianBottleneckImpl::encode(const torch::Tensor& features) {
  TORCH_CHECK(features.dim() >= 1 && features.size(-1) == options.features(), "the bottleneck takes features of [..., ",
              options.features(), "], got ", features.sizes());
  const auto output = at_least_float32(linear->forward(features));
  if (options.deterministic()) return {output, {}};
  const auto halves = output.chunk(2, -1);
  const auto log_variance =
      options.scale() == Scale::kSoftplus ? softplus_log_variance(halves[1], options.shift()) : halves[1];
  return {halves[0], bounded_log_variance(log_variance)};
}

std::pair<torch::Tensor, DiagonalGaussian> GaussianBottleneckImpl::forward(const torch::Tensor& features,
                                                                           std::optional<torch::Generator> generator) {
  auto posterior = encode(features);
  auto z = posterior.sample(1, std::move(generator)).squeeze(0);
  return {std::move(z), std::move(posterior)};
}

}  // namespace vib
