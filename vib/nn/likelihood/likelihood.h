#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// A kind of q(y|z): what a decoder's outputs o say of y. Anybody may add one: it holds no tensors, and its functions
/// are of one model. The leading dimensions of o are the caller's: `[B, D]`, or `[M, B, D]` for M draws.
class VIB_API LikelihoodFamily {
 public:
  virtual ~LikelihoodFamily() = default;

  /// As in configurations and exports: "gaussian".
  virtual std::string name() const = 0;
  /// Outputs that the decoder needs for `width` classes, labels or values: a multiple of it.
  virtual std::int64_t outputs(std::int64_t width) const { return width; }
  /// Outputs behind those that are the same for all examples: parameters of the model (VibModelImpl::shared_outputs).
  virtual std::int64_t shared_outputs(std::int64_t /*width*/) const { return 0; }
  /// -log q(y|z) in nats of one draw, example by example, with every constant: o `[..., B, D]` and y -> `[..., B]`.
  /// Throws c10::Error where the type or the shape of y does not fit.
  virtual torch::Tensor negative_log(const torch::Tensor& o, const torch::Tensor& y) const = 0;
  /// E[y|z]: probabilities `[..., B, C]` or values `[..., B, D]`.
  virtual torch::Tensor mean(const torch::Tensor& o) const = 0;
  /// Var[y|z] of each value, shaped like the mean; undefined, as by default, where the family has none to tell.
  virtual torch::Tensor variance(const torch::Tensor& /*o*/) const { return {}; }
  /// Whether a prediction is right or wrong, or more or less far off.
  virtual bool counts_errors() const { return false; }
  /// log q(k|z) in nats of each answer k to each question that a target answers: `[..., B, L, C]`. A class is one
  /// question of C answers, L labels are L of two each. Undefined, as by default, where a target is no such answer.
  virtual torch::Tensor log_answers(const torch::Tensor& /*o*/) const { return {}; }
  /// How far a mean is from y, `[..., B]`: the share that is wrong, or by default the squared error, averaged over the
  /// values.
  virtual torch::Tensor mistakes(const torch::Tensor& mean, const torch::Tensor& y) const;
};

/// q(y|z), as a value: one of these families, or somebody's own.
///
///     categorical        softmax(o)                y: class indices, int64 [B]                        o: [..., C]
///     bernoulli, shades  sigmoid(o), independent   y: int64 [B] of two classes, or [B, D] in [0, 1]   o: [..., D]
///     gaussian           N(o, σ²), independent     y: values [B, D]                                   o: [..., D]
///     gaussian_shared    N(m, σ²), independent     the same         o: [..., 2 D], the means m, then log σ² of each,
///                                                                   the same for all examples
///     gaussian_learned   N(m, σ²), independent     the same         o: the same, log σ² too from the decoder
///
/// Costs are in nats with every constant in them, so that they are probabilities of the data (densities for gaussian).
class VIB_API Likelihood {
 public:
  explicit Likelihood(std::shared_ptr<const LikelihoodFamily> family) : family_(std::move(family)) {}

  static Likelihood categorical();
  static Likelihood bernoulli();
  /// Bernoulli for shades: y in [0, 1] are brightnesses of pixels, not labels that one may get wrong.
  static Likelihood shades();
  /// Throws c10::Error unless `variance` is above 0.
  static Likelihood gaussian(double variance = 1);
  static Likelihood gaussian_shared();
  static Likelihood gaussian_learned();

  // Those of the family.
  std::string name() const { return family_->name(); }
  std::int64_t outputs(std::int64_t width) const { return family_->outputs(width); }
  std::int64_t shared_outputs(std::int64_t width) const { return family_->shared_outputs(width); }
  torch::Tensor negative_log(const torch::Tensor& o, const torch::Tensor& y) const {
    return family_->negative_log(o, y);
  }
  torch::Tensor mean(const torch::Tensor& o) const { return family_->mean(o); }
  torch::Tensor variance(const torch::Tensor& o) const { return family_->variance(o); }
  bool counts_errors() const { return family_->counts_errors(); }
  torch::Tensor log_answers(const torch::Tensor& o) const { return family_->log_answers(o); }
  torch::Tensor mistakes(const torch::Tensor& mean, const torch::Tensor& y) const { return family_->mistakes(mean, y); }

 private:
  std::shared_ptr<const LikelihoodFamily> family_;
};

/// -log q(y|z) in nats for class indices: logits `[M, ..., C]` or `[..., C]`, targets int64 of a shape that broadcasts
/// to the logits' without the class dimension -> one value per draw and example. Written with log_softmax and gather,
/// which have batching rules under vmap where `nll_loss` has none.
VIB_API torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets);

}  // namespace vib
