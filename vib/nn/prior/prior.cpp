#include "vib/nn/prior/prior.h"

namespace vib {

std::optional<torch::Tensor> Prior::closed_form(const Posterior& q, const torch::Tensor& y) const {
  if (q.deterministic()) return at::zeros_like(q.mean().select(-1, 0));
  return closed_form_ ? closed_form_(q, y) : std::nullopt;
}

torch::Tensor Prior::kl(const Posterior& q, const torch::Tensor& z, const torch::Tensor& y) const {
  if (auto rate = closed_form(q, y)) return *std::move(rate);
  return (q.log_prob(z) - log_prob(z, y)).mean(0);
}

}  // namespace vib
