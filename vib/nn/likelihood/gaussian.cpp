#include <cmath>
#include <numbers>

#include "vib/distribution/log_variance.h"
#include "vib/nn/likelihood/likelihood.h"
#include "vib/nn/likelihood/values.h"

namespace vib {
namespace {

const double kLogOfTwoPi = std::log(2 * std::numbers::pi);

class Gaussian : public LikelihoodFamily {
 public:
  explicit Gaussian(double variance) : variance_(variance) {}
  std::string name() const override { return "gaussian"; }
  torch::Tensor negative_log(const torch::Tensor& o, const torch::Tensor& y) const override {
    const auto squared = (as_values(y, o, o.size(-1)) - o).square();
    return (0.5 / variance_ * squared).sum(-1) +
           0.5 * static_cast<double>(o.size(-1)) * (kLogOfTwoPi + std::log(variance_));
  }
  torch::Tensor mean(const torch::Tensor& o) const override { return o; }
  torch::Tensor variance(const torch::Tensor& o) const override { return at::full_like(o, variance_); }

 private:
  double variance_;
};

class GaussianLearned : public LikelihoodFamily {
 public:
  std::string name() const override { return "gaussian_learned"; }
  std::int64_t outputs(std::int64_t width) const override { return 2 * width; }
  torch::Tensor negative_log(const torch::Tensor& o, const torch::Tensor& y) const override {
    const auto halves = o.chunk(2, -1);
    const auto log_variance = bounded_log_variance(halves[1]);
    const auto squared = (as_values(y, o, halves[0].size(-1)) - halves[0]).square();
    return 0.5 * (squared * (-log_variance).exp() + log_variance + kLogOfTwoPi).sum(-1);
  }
  torch::Tensor mean(const torch::Tensor& o) const override { return o.chunk(2, -1)[0]; }
  torch::Tensor variance(const torch::Tensor& o) const override {
    return bounded_log_variance(o.chunk(2, -1)[1]).exp();
  }
};

class GaussianShared : public GaussianLearned {
 public:
  std::string name() const override { return "gaussian_shared"; }
  std::int64_t outputs(std::int64_t width) const override { return width; }
  std::int64_t shared_outputs(std::int64_t width) const override { return width; }
};

}  // namespace

Likelihood Likelihood::gaussian(double variance) {
  TORCH_CHECK(variance > 0 && std::isfinite(variance), "a variance is above 0, got ", variance);
  return Likelihood(std::make_shared<Gaussian>(variance));
}

Likelihood Likelihood::gaussian_shared() { return Likelihood(std::make_shared<GaussianShared>()); }
Likelihood Likelihood::gaussian_learned() { return Likelihood(std::make_shared<GaussianLearned>()); }

}  // namespace vib
