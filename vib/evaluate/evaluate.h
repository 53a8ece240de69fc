#pragma once

#include <cstdint>
#include <optional>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/data/dataset.h"
#include "vib/nn/vib_classifier.h"

namespace vib {

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

/// The numbers of one split. Means are over examples; units are in the names.
struct SplitMetrics {
  std::int64_t examples = 0;
  std::int64_t samples = 0;         ///< draws of z per example (1 for a deterministic model)
  double error = 0;                 ///< share wrong, by the mean of the softmaxes over the draws
  double error_mean_z = 0;          ///< share wrong at z = μ
  double nll_bits = 0;              ///< -log2 of the mean softmax at the label
  double distortion_bits = 0;       ///< mean over the draws of -log2 q(y|z); never below nll_bits (Jensen)
  std::optional<double> rate_bits;  ///< E[R], an upper bound on I(Z;X); none for a deterministic model
  double izy_bits = 0;              ///< H(Y) - distortion, a lower bound on I(Z;Y); H(Y) from the split's own labels
};

/// What a model says of a batch.
struct Prediction {
  torch::Tensor log_probability;  ///< log of the mean softmax over the draws, `[B, C]`, float64, nats
  torch::Tensor distortion;       ///< mean over the draws of -log q(y|z), `[B, C]` for each possible y, float64, nats
  torch::Tensor mean_z_logits;    ///< logits at z = μ, `[B, C]`
  torch::Tensor rate;             ///< `[B]`, nats
};

/// Predicts for float inputs `[B, ...]`, one draw at a time. `noise`: `[M, B, K]`, or empty to draw from `generator`.
Prediction predict(VibClassifier& model, const torch::Tensor& inputs, std::int64_t samples, torch::Generator generator,
                   const std::optional<torch::Tensor>& noise = std::nullopt);

/// One split to its numbers: in evaluation mode, without gradients, in float32 whatever the training precision, chunk
/// by chunk. The model's mode is restored. Throws c10::Error for an empty split.
SplitMetrics evaluate(VibClassifier model, const Dataset& data, const EvaluateOptions& options = {});

}  // namespace vib
