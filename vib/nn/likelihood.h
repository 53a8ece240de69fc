#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// q(y|z): what a decoder's outputs o say of y.
///
///     categorical   softmax(o)                 y: class indices, int64 [B]                   o: [..., C]
///     bernoulli     sigmoid(o), independent    y: int64 [B] of two classes, or [B, D] in [0, 1]   o: [..., D]
///     gaussian      N(o, σ²), independent      y: values [B, D]                              o: [..., D], or with a
///                   learned σ² (one per example and value) [..., 2 D]: the means, then log σ²
///
/// The leading dimensions of o are draws and replicas: `[B, D]`, `[M, B, D]`, `[M, R, B, D]`. Costs are in nats with
/// every constant in them, so that they are probabilities of the data (densities for gaussian).
class VIB_API Likelihood {
 public:
  /// The rows of the table above; kShades is Bernoulli for shades, kGaussianLearned has a variance of its own.
  enum class Family { kCategorical, kBernoulli, kShades, kGaussian, kGaussianLearned };

  static Likelihood categorical() { return Likelihood(Family::kCategorical); }
  static Likelihood bernoulli() { return Likelihood(Family::kBernoulli); }
  /// Bernoulli for shades: y in [0, 1] are brightnesses of pixels, not labels that one may get wrong.
  static Likelihood shades() { return Likelihood(Family::kShades); }
  /// Throws c10::Error unless `variance` is above 0.
  static Likelihood gaussian(double variance = 1);
  static Likelihood gaussian_learned() { return Likelihood(Family::kGaussianLearned); }

  Family family() const { return family_; }

  /// Outputs that the decoder needs for `width` classes, labels or values.
  std::int64_t outputs(std::int64_t width) const { return family_ == Family::kGaussianLearned ? 2 * width : width; }

  /// -log q(y|z) in nats of one draw, example by example: o `[..., B, D]` and y -> `[..., B]`. Throws c10::Error where
  /// the type or the shape of y does not fit.
  torch::Tensor negative_log(const torch::Tensor& o, const torch::Tensor& y) const;

  /// E[y|z]: probabilities `[..., B, C]` or values `[..., B, D]`.
  torch::Tensor mean(const torch::Tensor& o) const;

  /// Whether a prediction is right or wrong (categorical, bernoulli) or more or less far off (shades, gaussian).
  bool counts_errors() const { return family_ == Family::kCategorical || family_ == Family::kBernoulli; }
  /// How far a mean is from y, `[..., B]`: 1 where the most probable class is another one; the share of the labels that
  /// are on the wrong side of one half; or the squared error, averaged over the values.
  torch::Tensor mistakes(const torch::Tensor& mean, const torch::Tensor& y) const;

 private:
  explicit Likelihood(Family family, double variance = 1) : family_(family), variance_(variance) {}

  Family family_;
  double variance_;
};

/// -log q(y|z) in nats for class indices: logits `[M, ..., C]` or `[..., C]`, targets int64 of a shape that broadcasts
/// to the logits' without the class dimension -> one value per draw and example. Written with log_softmax and gather,
/// which have batching rules under vmap where `nll_loss` has none.
VIB_API torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets);

}  // namespace vib
