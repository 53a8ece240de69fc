#include "vib/nn/prior/vamp.h"

#include <cmath>
#include <utility>

#include "vib/distribution/mixture.h"

namespace vib {

VampPriorImpl::VampPriorImpl(torch::Tensor pseudo_inputs) : pseudo_inputs(std::move(pseudo_inputs)) { reset(); }

void VampPriorImpl::reset() {
  TORCH_CHECK(pseudo_inputs.dim() >= 2 && pseudo_inputs.size(0) >= 1 && pseudo_inputs.is_floating_point(),
              "pseudo-inputs are floating-point numbers of shape [N, ...], got ", pseudo_inputs.scalar_type(),
              pseudo_inputs.sizes());
  pseudo_inputs = register_parameter("pseudo_inputs", pseudo_inputs.detach().clone());
}

LogDensity VampPriorImpl::density(const PriorContext& batch) const {
  TORCH_CHECK(batch.encode, "a VampPrior needs the model's encoder: see VibModel::prior_context");
  return [components = batch.encode(pseudo_inputs), n = pseudo_inputs.size(0)](const torch::Tensor& z) {
    return log_prob_of_each(z, components).logsumexp(-1) - std::log(static_cast<double>(n));
  };
}

Responsibilities VampPriorImpl::responsibilities(const PriorContext& batch) const {
  return [components = batch.encode(pseudo_inputs)](const torch::Tensor& z) {
    return log_prob_of_each(z, components).softmax(-1);
  };
}

}  // namespace vib
