#include "vib/nn/likelihood/likelihood.h"

#include "vib/nn/likelihood/values.h"

namespace vib {

torch::Tensor as_values(const torch::Tensor& y, const torch::Tensor& o, std::int64_t width) {
  const auto values = y.dim() == 1 ? y.unsqueeze(-1) : y;
  TORCH_CHECK(values.dim() == 2 && values.size(-1) == width, "the likelihood has ", width,
              " values for an example, its target is ", y.sizes());
  return values.to(o.scalar_type());
}

torch::Tensor LikelihoodFamily::mistakes(const torch::Tensor& mean, const torch::Tensor& y) const {
  return (mean - as_values(y, mean, mean.size(-1))).square().mean(-1);
}

}  // namespace vib
