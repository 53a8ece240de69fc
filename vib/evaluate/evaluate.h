#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/core/error.h"
#include "vib/core/export.h"
#include "vib/core/numbers.h"
#include "vib/data/dataset.h"
#include "vib/evaluate/metric.h"
#include "vib/evaluate/predict.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// How a split is evaluated.
struct EvaluateOptions {
  /// Draws of z per example. Default: 12, the paper's.
  TORCH_ARG(std::int64_t, samples) = 12;
  /// Examples at a time: memory grows with this, not with the split or with `samples`, and no number depends on it but
  /// by rounding. Default: 1000.
  TORCH_ARG(std::int64_t, batch_size) = 1000;
  /// Seed of the draws (EvaluationDraws): the same model and data give the same numbers. Default: 0.
  TORCH_ARG(std::uint64_t, seed) = 0;
  /// ε to use instead of fresh draws, `[samples, N, K]`; for checks against another implementation. Default: none.
  TORCH_ARG(std::optional<torch::Tensor>, noise) = std::nullopt;
  /// Asked before every batch and draw; true ends the evaluation with EvaluationStopped. Default: it is not ended
  /// early.
  TORCH_ARG(std::function<bool()>, stop);
};

/// An evaluation was ended by EvaluateOptions::stop.
class VIB_API EvaluationStopped : public Error {
 public:
  EvaluationStopped() : Error("the evaluation was stopped") {}
};

/// The numbers of one split: `metrics["nll_bits"]`. Which of them there are follows the likelihood and the targets;
/// vib/evaluate/metric.cpp has the list. Means are over examples, weighted where the data have weights; units are in
/// the names. Values, and the densities that their bits are of, are in the data's own unit.
struct SplitMetrics {
  std::int64_t examples = 0;
  std::int64_t samples = 0;  ///< draws of z per example (1 for a deterministic model)
  Numbers numbers;           ///< by the metrics' keys, in their order

  /// Throws vib::Error where this split has no such number.
  double operator[](std::string_view key) const { return numbers[key]; }
  std::optional<double> find(std::string_view key) const { return numbers.find(key); }
};

/// One split to its numbers: in evaluation mode, without gradients, in float32 whatever the training precision, chunk
/// by chunk. The model's mode is given back. Throws c10::Error for an empty split, and EvaluationStopped.
VIB_API SplitMetrics evaluate(VibModel model, const Dataset& data, const EvaluateOptions& options = {});

}  // namespace vib
