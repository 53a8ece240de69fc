#include "vib/objective/objective.h"

#include "vib/objective/rate.h"

namespace vib {

torch::Tensor VibTerms::loss(double beta) const {
  TORCH_CHECK(beta >= 0, "β must be at least 0, got ", beta);
  return (distortion + beta * rate).mean(-1);
}

torch::Tensor VibTerms::loss(const torch::Tensor& beta) const {
  return (distortion + beta.unsqueeze(-1) * rate).mean(-1);
}

VibTerms vib_terms(const VibOutput& output, const torch::Tensor& targets, const Likelihood& likelihood) {
  return {likelihood.negative_log(output.decoded, targets).mean(0), rate(output.posterior)};
}

}  // namespace vib
