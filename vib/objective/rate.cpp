#include "vib/objective/rate.h"

namespace vib {

torch::Tensor rate(const Posterior& posterior) {
  if (const auto* q = posterior.as<DiagonalGaussian>()) return kl_to_standard_normal(*q);
  const auto& mean = posterior.mean();
  return torch::zeros(mean.sizes().slice(0, mean.dim() - 1), mean.options());
}

}  // namespace vib
