#pragma once

#include <cstdint>
#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/gaussian.h"
#include "vib/distribution/posterior.h"
#include "vib/nn/replicable.h"

namespace vib {

/// b(z|y) = N(z; m_y, diag s_y²) with learned m and log s², which start at 0: every class at the standard normal.
///
/// What is priced is the residual information, what the code keeps of the input beyond its class:
///
///     KL( q(z|x) || b(z|y) ) on average  >=  I(Z;X|Y)
///
/// The rate is against the marginal, r(z) = Σ_y p(y) b(z|y), and as with every prior a bound on I(Z;X); it has no
/// closed form, and needs no label. Fischer (2020), The conditional entropy bottleneck.
///
/// Targets are class indices, int64 `[B]`: of a categorical likelihood, or of a Bernoulli of two classes.
class VIB_API ClassConditionalPriorImpl : public torch::nn::Cloneable<ClassConditionalPriorImpl>, public Replicable {
 public:
  /// K, the dimension of z, and C classes, all as frequent. Throws c10::Error unless both are at least 1.
  ClassConditionalPriorImpl(std::int64_t latent, std::int64_t classes);

  void reset() override;
  /// p(y) <- `counts` / Σ counts: how often each class is met in training, `[C]`. Throws c10::Error unless these are as
  /// many numbers of at least 0, and one of them above it.
  void set_frequencies(const torch::Tensor& counts);
  /// log r(z) of the marginal in nats, without a look at `y`: `[M, B, K]` -> `[M, B]`.
  torch::Tensor log_prob(const torch::Tensor& z, const torch::Tensor& y) const;
  /// KL(q || b(z|y)) in nats, `[B]`, in closed form: the draws `z` are not looked at. Throws c10::Error for a point
  /// mass.
  torch::Tensor residual(const Posterior& q, const torch::Tensor& z, const torch::Tensor& y) const;
  std::vector<torch::Tensor*> tensor_members() override { return {&mean, &log_variance, &frequencies}; }

  std::int64_t latent, classes;
  torch::Tensor mean;          ///< m, `[C, K]`
  torch::Tensor log_variance;  ///< log s², `[C, K]`, as it is learned: unbounded
  torch::Tensor frequencies;   ///< p(y), `[C]`: a buffer, saved with the weights
 private:
  DiagonalGaussian given(const torch::Tensor& y) const;
};
TORCH_MODULE(ClassConditionalPrior);

}  // namespace vib
