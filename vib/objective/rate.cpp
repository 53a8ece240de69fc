#include "vib/objective/rate.h"

namespace vib {

torch::Tensor rate(const DiagonalGaussian& posterior) {
  const auto& mean = posterior.mean;
  if (posterior.deterministic()) return torch::zeros(mean.sizes().slice(0, mean.dim() - 1), mean.options());
  const auto& log_variance = posterior.log_variance;
  return 0.5 * (mean.square() + log_variance.expm1() - log_variance).sum(-1);
}

}  // namespace vib
