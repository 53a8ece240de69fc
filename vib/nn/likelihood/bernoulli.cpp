#include "vib/nn/likelihood/likelihood.h"
#include "vib/nn/likelihood/values.h"

namespace vib {
namespace {

class Shades : public LikelihoodFamily {
 public:
  std::string name() const override { return "bernoulli"; }
  // log(1 + e^o) - y o, the first term as LibTorch keeps it finite.
  torch::Tensor negative_log(const torch::Tensor& o, const torch::Tensor& y) const override {
    return (-at::log_sigmoid(-o) - as_values(y, o, o.size(-1)) * o).sum(-1);
  }
  torch::Tensor mean(const torch::Tensor& o) const override { return at::sigmoid(o); }
};

class Bernoulli : public Shades {
 public:
  bool counts_errors() const override { return true; }
  torch::Tensor log_answers(const torch::Tensor& o) const override {
    return at::stack({at::log_sigmoid(-o), at::log_sigmoid(o)}, -1);
  }
  torch::Tensor mistakes(const torch::Tensor& mean, const torch::Tensor& y) const override {
    const auto labels = as_values(y, mean, mean.size(-1));
    return mean.gt(0.5).ne(labels.gt(0.5)).to(mean.scalar_type()).mean(-1);
  }
};

}  // namespace

Likelihood Likelihood::bernoulli() { return Likelihood(std::make_shared<Bernoulli>()); }
Likelihood Likelihood::shades() { return Likelihood(std::make_shared<Shades>()); }

}  // namespace vib
