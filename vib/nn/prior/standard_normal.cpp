#include "vib/nn/prior/standard_normal.h"

namespace vib {

torch::Tensor StandardNormalPriorImpl::log_prob(const torch::Tensor& z, const torch::Tensor&) const {
  return standard_normal_log_prob(z);
}

std::optional<torch::Tensor> StandardNormalPriorImpl::kl(const Posterior& q, const torch::Tensor&) const {
  return kl_to_standard_normal(q);
}

}  // namespace vib
