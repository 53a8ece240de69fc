#include "vib/information/estimate.h"

#include "vib/core/error.h"
#include "vib/information/layer.h"

namespace vib {

std::vector<InformationEstimate> InformationEstimator::estimate_each(const torch::Tensor& activations,
                                                                     const torch::Tensor& labels,
                                                                     const torch::Tensor& inputs) const {
  TORCH_CHECK(activations.dim() >= 2, "the activations of several layers have the shape [R, N, ...]");
  std::vector<InformationEstimate> estimates;
  for (const auto& layer : activations.unbind(0)) {
    try {
      estimates.push_back(estimate(layer, labels, inputs));
    } catch (const DataError&) {
      estimates.push_back(no_estimate(layer.size(0)));
    }
  }
  return estimates;
}

}  // namespace vib
