#include "vib/objective/objective.h"

#include "vib/objective/rate.h"

namespace vib {

torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets) {
  TORCH_CHECK(targets.scalar_type() == torch::kInt64, "class targets are int64, got ", targets.scalar_type());
  const auto log_probabilities = at::log_softmax(logits, -1);
  const auto index = targets.expand(logits.sizes().slice(0, logits.dim() - 1)).unsqueeze(-1);
  return -log_probabilities.gather(-1, index).squeeze(-1);
}

torch::Tensor VibTerms::loss(double beta) const {
  TORCH_CHECK(beta >= 0, "β must be at least 0, got ", beta);
  return (distortion + beta * rate).mean(-1);
}

torch::Tensor VibTerms::loss(const torch::Tensor& beta) const {
  return (distortion + beta.unsqueeze(-1) * rate).mean(-1);
}

VibTerms vib_terms(const VibOutput& output, const torch::Tensor& targets) {
  return {cross_entropy(output.logits, targets).mean(0), rate(output.posterior)};
}

}  // namespace vib
