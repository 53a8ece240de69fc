#pragma once

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// The two halves of the objective, per example, in nats.
struct VIB_API VibTerms {
  torch::Tensor distortion;  ///< D(x,y) = E_{z~q(z|x)} [ -log q(y|z) ], the mean over the draws, `[B]` or `[R, B]`
  torch::Tensor rate;        ///< R(x) = KL( q(z|x) || r(z) ), `[B]` or `[R, B]`

  /// mean_x ( D + β R ) in nats; β is unit-free because both terms share the unit. Throws c10::Error for β < 0.
  torch::Tensor loss(double beta) const;
  /// The same with a β of its own for each of R replicas, `[R]` -> `[R]`. β is not checked: it may be on a device.
  torch::Tensor loss(const torch::Tensor& beta) const;
};

/// Distortion and rate of a forward pass. `targets`: as the likelihood takes them. Alemi et al. (2017), eq. 17.
VIB_API VibTerms vib_terms(const VibOutput& output, const torch::Tensor& targets,
                           const Likelihood& likelihood = Likelihood::categorical());

}  // namespace vib
