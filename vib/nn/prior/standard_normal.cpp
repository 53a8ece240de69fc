#include "vib/nn/prior/standard_normal.h"

namespace vib {

torch::Tensor StandardNormalPriorImpl::log_prob(const torch::Tensor& z, const torch::Tensor&) const {
  return standard_normal_log_prob(z);
}

std::optional<torch::Tensor> StandardNormalPriorImpl::kl(const Posterior& posterior, const torch::Tensor&) const {
  const auto* q = posterior.as<DiagonalGaussian>();
  return q != nullptr ? std::optional(kl_to_standard_normal(*q)) : std::nullopt;
}

}  // namespace vib
