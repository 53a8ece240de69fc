#pragma once

#include <cstdint>
#include <functional>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// What a model says of a batch.
struct Prediction {
  torch::Tensor mean;        ///< E[y|x]: the mean of the draws' probabilities `[B, C]` or values `[B, D]`, float64
  torch::Tensor mean_z;      ///< the same at z = μ
  torch::Tensor rate;        ///< `[B]`, nats
  torch::Tensor log_mean;    ///< log of the mean over the draws of q(y|z), `[B]`, nats; undefined without targets
  torch::Tensor distortion;  ///< mean over the draws of -log q(y|z), `[B]`, nats; undefined without targets
  torch::Tensor variance;  ///< Var[y|x] of each value, `[B, D]`, float64: that of the draws' means and, on average, the
                           ///< likelihood's; undefined where the likelihood has none
  torch::Tensor residual = {};  ///< KL( q(z|x) || b(z|y) ), `[B]`, nats; undefined without targets, and unless the
                                ///< prior is conditional
  torch::Tensor responsibilities = {};  ///< the mean over the draws of the shares of the prior's components, `[B, N]`;
                                        ///< undefined unless it has such
};

/// Predicts for inputs `[B, ...]` in evaluation mode and without gradients, one draw at a time, and scores the
/// prediction where `targets` are given (undefined: not). `noise(m)` is ε of draw m, `[B, K]`; a deterministic model
/// needs none, and gives one draw. The model's mode is given back, child by child.
VIB_API Prediction predict(VibModelImpl& model, const torch::Tensor& inputs, const torch::Tensor& targets,
                           std::int64_t samples, const std::function<torch::Tensor(std::int64_t draw)>& noise);

/// What `p` says of standardised values (Dataset::target_mean), said of the values as the data files hold them: means
/// and variances in their unit, -log densities larger by Σ log scale. `p` itself where `target_mean` is undefined.
VIB_API Prediction in_data_units(Prediction p, const torch::Tensor& target_mean, const torch::Tensor& target_scale);

}  // namespace vib
