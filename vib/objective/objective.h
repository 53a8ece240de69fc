#pragma once

#include <functional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/core/tensor_file.h"
#include "vib/nn/batch.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// The two halves of the objective, per example, in nats.
struct VIB_API VibTerms {
  torch::Tensor distortion;     ///< D(x,y) = E_{z~q(z|x)} [ -log q(y|z) ], the mean over the draws, `[B]`
  torch::Tensor rate;           ///< R(x) = KL( q(z|x) || r(z) ), `[B]`
  torch::Tensor residual = {};  ///< KL( q(z|x) || b(z|y) ), `[B]`; undefined unless the prior is conditional

  /// mean_x ( D + β R ) in nats, with the residual in the place of R where there is one; β is unit-free because both
  /// terms share the unit. Throws c10::Error for β < 0.
  torch::Tensor loss(double beta) const;
};

/// Distortion and rate of a forward pass, for a training loop of one's own. `targets`: as the likelihood takes them.
/// Alemi et al. (2017), eq. 17.
VIB_API VibTerms vib_terms(const VibModelImpl& model, const VibOutput& output, const torch::Tensor& targets);

/// What the rate costs: `(rate [R, B] in nats, β [R, 1]) -> [R, B]` nats, of which the mean over the batch counts.
using Price = std::function<torch::Tensor(const torch::Tensor& rate, const torch::Tensor& beta)>;

/// β R, the paper's.
VIB_API torch::Tensor linear_price(const torch::Tensor& rate, const torch::Tensor& beta);

/// β R̄², R̄ the mean rate of the batch. Where labels are a function of the input, β R has its optima at no rate and at
/// the full one alone; this has all those between. A mini-batch's R̄² is too large by Var(R) / B on average. Kolchinsky,
/// Tracey & Van Kuyk (2019), Caveats for information bottleneck in deterministic scenarios.
VIB_API torch::Tensor squared_price(const torch::Tensor& rate, const torch::Tensor& beta);

/// β R̄^p, p >= 1: between the paper's (p = 1) and the squared one (p = 2), and beyond. As there, a mini-batch's is too
/// large on average. Rodríguez Gálvez, Thobaben & Skoglund (2020), The convex information bottleneck Lagrangian.
VIB_API Price power_price(double exponent);

/// β (exp(η R̄) - 1), η > 0 per nat: about β η R̄ for a small rate, and a wall beyond 1 / η. The same authors', less the
/// constant β, so that no rate costs nothing.
VIB_API Price exponential_price(double eta);

/// The rates that a hinge looks at.
enum class HingeOf {
  kBatch,    ///< max(R̄ - I_c, 0), of the batch's mean
  kExample,  ///< mean_x max(R(x) - I_c, 0), which is at least as much
};

/// β max(R - I_c, 0): the rate is free up to `capacity` I_c, in nats.
VIB_API Price hinge_price(double capacity, HingeOf of);

/// What a batch costs, as an object: named terms per example, and how they make a loss.
///
///     loss = mean_x ( D + price(R, β) + Σ_i w_i T_i )
///
/// A prior with a density b(z|y) for each class (Prior::conditional) adds the term "residual", KL( q(z|x) || b(z|y) ),
/// and the price falls on this instead of R.
///
/// A regulariser T_i is one more term of one model and one batch, `[B]` in nats. All terms stand in the training log
/// under their names.
class VIB_API Objective {
 public:
  using Term = std::function<torch::Tensor(const VibModelImpl& model, const VibOutput& output, const Batch& batch)>;

  /// D + β R, unless another price is given.
  explicit Objective(Price price = linear_price) : price_(std::move(price)) {}

  /// Adds weight · T to the loss. `name` is a word of its own among the terms (c10::Error otherwise).
  Objective& add(const std::string& name, double weight, Term term);

  /// The names of such a model's terms, in their order: "distortion", "rate", "mistakes", "residual" where its prior is
  /// conditional, then those added. `mistakes` counts what the predictions of the draws get wrong
  /// (Likelihood::mistakes), costs nothing and has no gradient.
  std::vector<std::string> names(const VibModelImpl& model) const;
  /// The names of those added.
  std::vector<std::string> regularisers() const;
  /// What a model says of a batch, `[B]` each by its name: a ModelFunction.
  TensorMap terms(VibModelImpl& model, const Batch& batch) const;
  /// The loss of each of R models in nats, `[R]`, from its terms `[R, B]` and its β `[R]`.
  torch::Tensor loss(const TensorMap& terms, const torch::Tensor& beta) const;
  /// The same of means over a split, in nats, without regularisers: what an epoch is judged by. `rate`: what is priced
  /// (vib/objective/priced.h).
  double cost(double distortion, double rate, double beta) const;

 private:
  struct Regulariser {
    std::string name;
    double weight;
    Term term;
  };

  Price price_;
  std::vector<Regulariser> regularisers_;
};

}  // namespace vib
