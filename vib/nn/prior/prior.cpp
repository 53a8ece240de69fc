#include "vib/nn/prior/prior.h"

namespace vib {

std::optional<torch::Tensor> Prior::closed_form(const Posterior& q, const torch::Tensor& y) const {
  if (q.deterministic()) return at::zeros_like(q.mean().select(-1, 0));
  return closed_form_ ? closed_form_(q, y) : std::nullopt;
}

torch::Tensor Prior::kl(const torch::Tensor& z, const PriorContext& batch) const {
  if (auto rate = closed_form(batch.posterior, batch.y)) return *std::move(rate);
  return (batch.posterior.log_prob(z) - density(batch)(z)).mean(0);
}

std::optional<torch::Tensor> Prior::residual(const Posterior& q, const torch::Tensor& z, const torch::Tensor& y) const {
  if (!residual_ || !y.defined()) return std::nullopt;
  return q.deterministic() ? at::zeros_like(q.mean().select(-1, 0)) : residual_(q, z, y);
}

Responsibilities Prior::responsibilities(const PriorContext& batch) const {
  return responsibilities_ && !batch.posterior.deterministic() ? responsibilities_(batch) : Responsibilities();
}

}  // namespace vib
