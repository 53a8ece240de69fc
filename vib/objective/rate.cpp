#include "vib/objective/rate.h"

#include <utility>

namespace vib {

torch::Tensor rate(const Posterior& posterior) {
  if (auto kl = kl_to_standard_normal(posterior)) return *std::move(kl);
  const auto& mean = posterior.mean();
  return torch::zeros(mean.sizes().slice(0, mean.dim() - 1), mean.options());
}

}  // namespace vib
