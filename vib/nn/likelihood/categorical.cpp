#include "vib/nn/likelihood/likelihood.h"

namespace vib {
namespace {

class Categorical : public LikelihoodFamily {
 public:
  std::string name() const override { return "categorical"; }
  torch::Tensor negative_log(const torch::Tensor& o, const torch::Tensor& y) const override {
    return cross_entropy(o, y);
  }
  torch::Tensor mean(const torch::Tensor& o) const override { return at::softmax(o, -1); }
  bool counts_errors() const override { return true; }
  torch::Tensor log_answers(const torch::Tensor& o) const override { return at::log_softmax(o, -1).unsqueeze(-2); }
  torch::Tensor mistakes(const torch::Tensor& mean, const torch::Tensor& y) const override {
    return mean.argmax(-1).ne(y).to(mean.scalar_type());
  }
};

}  // namespace

Likelihood Likelihood::categorical() { return Likelihood(std::make_shared<Categorical>()); }

torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets) {
  TORCH_CHECK(targets.scalar_type() == torch::kInt64, "class targets are int64, got ", targets.scalar_type());
  const auto log_probabilities = at::log_softmax(logits, -1);
  const auto index = targets.expand(logits.sizes().slice(0, logits.dim() - 1)).unsqueeze(-1);
  return -log_probabilities.gather(-1, index).squeeze(-1);
}

}  // namespace vib
