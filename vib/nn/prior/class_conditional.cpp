#include "vib/nn/prior/class_conditional.h"

#include "vib/distribution/log_variance.h"
#include "vib/distribution/mixture.h"

namespace vib {

ClassConditionalPriorImpl::ClassConditionalPriorImpl(std::int64_t latent, std::int64_t classes)
    : latent(latent), classes(classes) {
  reset();
}

void ClassConditionalPriorImpl::reset() {
  TORCH_CHECK(latent >= 1 && classes >= 1,
              "a prior for each class needs a latent dimension and classes of at least 1, ", "got ", latent, " and ",
              classes);
  mean = register_parameter("mean", torch::zeros({classes, latent}));
  log_variance = register_parameter("log_variance", torch::zeros({classes, latent}));
  frequencies = register_buffer("frequencies", torch::full({classes}, 1.0 / static_cast<double>(classes)));
}

void ClassConditionalPriorImpl::set_frequencies(const torch::Tensor& counts) {
  const auto exact = counts.to(torch::kCPU, torch::kFloat64);
  TORCH_CHECK(
      exact.dim() == 1 && exact.size(0) == classes && exact.ge(0).all().item<bool>() && exact.sum().item<double>() > 0,
      "frequencies of ", classes, " classes are as many numbers of at least 0, one of them above it; got ", counts);
  frequencies.copy_(exact / exact.sum());
}

torch::Tensor ClassConditionalPriorImpl::log_prob(const torch::Tensor& z, const torch::Tensor&) const {
  return mixture_log_prob(z, frequencies.log(), {mean, bounded_log_variance(log_variance)});
}

// An embedding, which has a rule under vmap and, unlike index_select, sums its gradient in the same order every time.
DiagonalGaussian ClassConditionalPriorImpl::given(const torch::Tensor& y) const {
  return {at::embedding(mean, y), bounded_log_variance(at::embedding(log_variance, y))};
}

torch::Tensor ClassConditionalPriorImpl::residual(const Posterior& q, const torch::Tensor&,
                                                  const torch::Tensor& y) const {
  TORCH_CHECK(y.scalar_type() == torch::kInt64 && y.dim() == 1,
              "a prior for each class takes targets that are class indices, int64 [B], got ", y.scalar_type(), " ",
              y.sizes());
  const auto exact = kl(q, given(y));
  TORCH_CHECK(exact.has_value(), "a point mass has no residual information");
  return *exact;
}

}  // namespace vib
