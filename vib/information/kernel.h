#pragma once

#include <string>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/information/estimate.h"

namespace vib {

/// What a layer would know if its activations had noise: T = f(X) + N(0, v I), so that each example is a Gaussian of T,
/// and the examples a mixture. Its entropy lies between two sums over pairs of examples (Kolchinsky & Tracey 2017):
///
///     H_up(T) = D/2 log(2πe v) - 1/N Σ_i log 1/N Σ_j exp(-|t_i - t_j|² / 2v)      from the KL divergences of the pairs
///     H_lo(T) = D/2 log(2πe v) - 1/N Σ_i log 1/N Σ_j exp(-|t_i - t_j|² / 8v)      from their Bhattacharyya distances
///
/// and the same of the examples of one label, or of one input. H(T|X) = D/2 log(2πe v) where every example has an input
/// of its own. Guaranteed, of the examples at hand and this noise:
///
///     itx_lower, itx_upper   H_lo(T) - Σ p(x) H_up(T|x)   to   H_up(T) - Σ p(x) H_lo(T|x)
///     ity_lower, ity_upper   H_lo(T) - Σ p(y) H_up(T|y)   to   H_up(T) - Σ p(y) H_lo(T|y)
///
/// As in Saxe et al. (2018), `itx` is H_up(T) - Σ p(x) H_up(T|x), the upper bound itself where every example has an
/// input of its own, and `ity` is H_up(T) - Σ p(y) H_up(T|y): a difference of two upper bounds, which is no bound of
/// anything. `saturated` says that `itx` is as good as log2 N, which no mixture of N exceeds.
///
/// The network has no such noise, and v decides the answer: with v -> 0, I(T;X) -> log2 N for any layer that tells its
/// examples apart. Compare layers at one v only where their activations have one scale.
///
/// In float64: t is centred, and squared distances, by matrix products and never below 0, are off by some 1e-16 of the
/// greatest |t|², over 2v in the exponent. In blocks: N² D operations, and memory for a few million numbers beside t.
class VIB_API Kernel : public InformationEstimator {
 public:
  /// `noise_variance` is v, in the activations' own units. The default is what Saxe et al. take for the network of
  /// tanh units of Shwartz-Ziv & Tishby (2017); for their larger ones on MNIST it is 0.1. Throws vib::Error where it is
  /// not positive.
  explicit Kernel(double noise_variance = 1e-3);

  double noise_variance() const { return noise_variance_; }
  std::string name() const override;
  /// On the device of the activations.
  InformationEstimate estimate(const torch::Tensor& activations, const torch::Tensor& labels,
                               const torch::Tensor& inputs = {}) const override;

 private:
  double noise_variance_;
};

}  // namespace vib
