#include "vib/nn/likelihood.h"

#include <cmath>
#include <numbers>

#include "vib/distribution/log_variance.h"

namespace vib {
namespace {

/// Labels and values as `[B, D]` in o's type.
torch::Tensor as_values(const torch::Tensor& y, const torch::Tensor& o, std::int64_t width) {
  const auto values = y.dim() == 1 ? y.unsqueeze(-1) : y;
  TORCH_CHECK(values.dim() == 2 && values.size(-1) == width, "the likelihood has ", width,
              " values for an example, its target is ", y.sizes());
  return values.to(o.scalar_type());
}

}  // namespace

Likelihood Likelihood::gaussian(double variance) {
  TORCH_CHECK(variance > 0 && std::isfinite(variance), "a variance is above 0, got ", variance);
  return Likelihood(Family::kGaussian, variance);
}

torch::Tensor Likelihood::negative_log(const torch::Tensor& o, const torch::Tensor& y) const {
  const double log_two_pi = std::log(2 * std::numbers::pi);
  switch (family_) {
    case Family::kCategorical: return cross_entropy(o, y);
    case Family::kBernoulli:
    case Family::kShades:  // log(1 + e^o) - y o, the first term as LibTorch keeps it finite
      return (-at::log_sigmoid(-o) - as_values(y, o, o.size(-1)) * o).sum(-1);
    case Family::kGaussian: {
      const auto squared = (as_values(y, o, o.size(-1)) - o).square();
      return (0.5 / variance_ * squared).sum(-1) +
             0.5 * static_cast<double>(o.size(-1)) * (log_two_pi + std::log(variance_));
    }
    case Family::kGaussianLearned: {
      const auto halves = o.chunk(2, -1);
      const auto log_variance = bounded_log_variance(halves[1]);
      const auto squared = (as_values(y, o, halves[0].size(-1)) - halves[0]).square();
      return 0.5 * (squared * (-log_variance).exp() + log_variance + log_two_pi).sum(-1);
    }
  }
  TORCH_CHECK(false, "unknown likelihood");
}

torch::Tensor Likelihood::mean(const torch::Tensor& o) const {
  switch (family_) {
    case Family::kCategorical: return at::softmax(o, -1);
    case Family::kBernoulli:
    case Family::kShades: return at::sigmoid(o);
    case Family::kGaussian: return o;
    case Family::kGaussianLearned: return o.chunk(2, -1)[0];
  }
  TORCH_CHECK(false, "unknown likelihood");
}

torch::Tensor Likelihood::mistakes(const torch::Tensor& mean, const torch::Tensor& y) const {
  const auto type = mean.scalar_type();
  if (family_ == Family::kCategorical) return mean.argmax(-1).ne(y).to(type);
  const auto values = as_values(y, mean, mean.size(-1));
  return counts_errors() ? mean.gt(0.5).ne(values.gt(0.5)).to(type).mean(-1) : (mean - values).square().mean(-1);
}

torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets) {
  TORCH_CHECK(targets.scalar_type() == torch::kInt64, "class targets are int64, got ", targets.scalar_type());
  const auto log_probabilities = at::log_softmax(logits, -1);
  const auto index = targets.expand(logits.sizes().slice(0, logits.dim() - 1)).unsqueeze(-1);
  return -log_probabilities.gather(-1, index).squeeze(-1);
}

}  // namespace vib
