#include "vib/nn/bottleneck.h"

#include "vib/distribution/cholesky.h"
#include "vib/distribution/log_variance.h"

namespace vib {
namespace {

torch::Tensor at_least_float32(const torch::Tensor& x) {
  return torch::isReducedFloatingType(x.scalar_type()) ? x.to(torch::kFloat32) : x;
}

// Of the linear map.
std::int64_t outputs(const GaussianBottleneckOptions& options) {
  const auto k = options.latent();
  if (options.deterministic()) return k;
  return options.covariance() == Covariance::kFull ? 2 * k + k * (k - 1) / 2 : 2 * k;
}

}  // namespace

GaussianBottleneckImpl::GaussianBottleneckImpl(GaussianBottleneckOptions options) : options(std::move(options)) {
  reset();
}

void GaussianBottleneckImpl::reset() {
  TORCH_CHECK(options.features() >= 1 && options.latent() >= 1,
              "a bottleneck needs features >= 1 and latent >= 1, got ", options.features(), " and ", options.latent());
  const bool full = options.covariance() == Covariance::kFull && !options.deterministic();
  TORCH_CHECK(!full || options.latent() <= kMaxFullLatent,
              "a bottleneck with a full covariance takes a latent of at most ", kMaxFullLatent, ", got ",
              options.latent(), "; take a diagonal covariance");
  linear = register_module("linear", torch::nn::Linear(options.features(), outputs(options)));
}

void GaussianBottleneckImpl::pretty_print(std::ostream& stream) const {
  stream << "vib::GaussianBottleneck(features=" << options.features() << ", latent=" << options.latent()
         << ", covariance=" << (options.covariance() == Covariance::kFull ? "full" : "diagonal")
         << ", scale=" << (options.scale() == Scale::kSoftplus ? "softplus" : "log_variance")
         << ", deterministic=" << (options.deterministic() ? "true" : "false") << ")";
}

Posterior GaussianBottleneckImpl::encode(const torch::Tensor& features) {
  TORCH_CHECK(features.dim() >= 1 && features.size(-1) == options.features(), "the bottleneck takes features of [..., ",
              options.features(), "], got ", features.sizes());
  const auto output = at_least_float32(linear->forward(features));
  if (options.deterministic()) return PointMass{output};
  const auto k = options.latent();
  const auto mean = output.narrow(-1, 0, k), s = output.narrow(-1, k, k);
  const auto log_variance =
      bounded_log_variance(options.scale() == Scale::kSoftplus ? softplus_log_variance(s, options.shift()) : s);
  if (options.covariance() == Covariance::kDiagonal) return DiagonalGaussian{mean, log_variance};
  return FullGaussian{mean, cholesky_factor(log_variance, output.narrow(-1, 2 * k, k * (k - 1) / 2))};
}

std::pair<torch::Tensor, Posterior> GaussianBottleneckImpl::forward(const torch::Tensor& features,
                                                                    std::optional<torch::Generator> generator) {
  auto posterior = encode(features);
  auto z = posterior.sample(1, std::move(generator)).squeeze(0);
  return {std::move(z), std::move(posterior)};
}

}  // namespace vib
