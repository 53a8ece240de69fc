#pragma once

#include <cstdint>
#include <optional>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/data/dataset.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// How a split is evaluated.
struct EvaluateOptions {
  /// Draws of z per example. Default: 12, the paper's.
  TORCH_ARG(std::int64_t, samples) = 12;
  /// Examples at a time: memory grows with this, not with the split or with `samples`. Default: 1000.
  TORCH_ARG(std::int64_t, batch_size) = 1000;
  /// Seed of the draws: the same model and data give the same numbers. Default: 0.
  TORCH_ARG(std::uint64_t, seed) = 0;
  /// ε to use instead of fresh draws, `[samples, N, K]`; for checks against another implementation. Default: none.
  TORCH_ARG(std::optional<torch::Tensor>, noise) = std::nullopt;
};

/// The numbers of one split. Means are over examples; units are in the names. Which of them there are follows the
/// likelihood: errors of labels, distances of values.
struct SplitMetrics {
  std::int64_t examples = 0;
  std::int64_t samples = 0;            ///< draws of z per example (1 for a deterministic model)
  std::optional<double> error;         ///< share wrong, by the mean prediction over the draws
  std::optional<double> error_mean_z;  ///< share wrong at z = μ
  std::optional<double> rmse;          ///< root of the mean squared error of the mean prediction
  std::optional<double> r2;            ///< 1 - squared error / squared deviation from the split's own mean target
  double nll_bits = 0;                 ///< -log2 of the mean over the draws of q(y|z)
  double distortion_bits = 0;          ///< mean over the draws of -log2 q(y|z); never below nll_bits (Jensen)
  std::optional<double> rate_bits;     ///< E[R], an upper bound on I(Z;X); none for a deterministic model
  std::optional<double> izy_bits;      ///< H(Y) - distortion, a lower bound on I(Z;Y), where targets are classes; H(Y)
                                       ///< from the split's own labels
};

/// What a model says of a batch.
struct Prediction {
  torch::Tensor mean;        ///< E[y|x]: the mean of the draws' probabilities `[B, C]` or values `[B, D]`, float64
  torch::Tensor mean_z;      ///< the same at z = μ
  torch::Tensor rate;        ///< `[B]`, nats
  torch::Tensor log_mean;    ///< log of the mean over the draws of q(y|z), `[B]`, nats; undefined without targets
  torch::Tensor distortion;  ///< mean over the draws of -log q(y|z), `[B]`, nats; undefined without targets
};

/// Predicts for inputs `[B, ...]`, one draw at a time, and scores the prediction where `targets` are given. `noise`:
/// `[M, B, K]`, or empty to draw from `generator`.
VIB_API Prediction predict(VibModel& model, const torch::Tensor& inputs, const std::optional<torch::Tensor>& targets,
                           std::int64_t samples, torch::Generator generator,
                           const std::optional<torch::Tensor>& noise = std::nullopt);

/// One split to its numbers: in evaluation mode, without gradients, in float32 whatever the training precision, chunk
/// by chunk. The model's mode is restored. Throws c10::Error for an empty split.
VIB_API SplitMetrics evaluate(VibModel model, const Dataset& data, const EvaluateOptions& options = {});

}  // namespace vib
