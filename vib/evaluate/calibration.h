#pragma once

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// How well probabilities of classes go with what happens. `probabilities`: `[N, C]`; `labels`: int64 `[N]`.
struct Calibration {
  double nll_bits = 0;
  /// The expected calibration error: Σ_b n_b/N |accuracy_b - confidence_b| over 15 equally wide bins of the largest
  /// probability.
  double ece = 0;
};
VIB_API Calibration calibration_of(const torch::Tensor& probabilities, const torch::Tensor& labels);

/// Of each of the 15 bins (b/15, (b + 1)/15] of the largest probability, the sum over its examples of (right ? 1 : 0)
/// minus that probability, each times its weight where there are `weights` (`[N]`): float64 `[15]`.
VIB_API torch::Tensor calibration_gaps(const torch::Tensor& probabilities, const torch::Tensor& labels,
                                       const torch::Tensor& weights = {});

/// p^(1/T), normalised over the classes.
VIB_API torch::Tensor at_temperature(const torch::Tensor& probabilities, double temperature);

/// The T in [0.01, 100] of the least mean -log p_T(y): temperature scaling (Guo et al. 2017).
VIB_API double fit_temperature(const torch::Tensor& probabilities, const torch::Tensor& labels);

/// The probabilities of both classes, `[N, 2]`, where a Bernoulli gives that of class 1 alone, `[N, 1]`; others as they
/// are.
VIB_API torch::Tensor of_every_class(const torch::Tensor& probabilities);

}  // namespace vib
