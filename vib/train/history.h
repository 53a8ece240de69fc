#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vib/core/export.h"
#include "vib/core/numbers.h"
#include "vib/core/tensor_file.h"
#include "vib/evaluate/evaluate.h"

namespace vib {

/// One epoch of training: a line of `metrics.jsonl`.
struct EpochRecord {
  std::int64_t epoch = 0;     ///< epochs finished, from 1
  std::int64_t step = 0;      ///< updates made since the start
  double seconds = 0;         ///< the training part of the epoch, of all replicas together
  std::int64_t replicas = 1;  ///< models trained together
  double beta = 0;            ///< as used in the epoch's last step
  double learning_rate = 0;
  /// Means over the epoch's training examples, as they were met: by the moving weights, on training draws of z.
  /// "loss_bits", "distortion_bits", "rate_bits" (none for a deterministic model), "error" or "rmse" (over examples and
  /// draws), and for every other term of the objective its name and "_bits", without its weight. Of values these are in
  /// the data's unit, as in validation: the loss that is minimised, of standardised ones, is smaller by Σ log2 of their
  /// scales. Where weights decay also "weight_decay_bits", ½ λ Σ w² at the epoch's end, which no loss_bits counts: the
  /// optimiser takes it from the weights itself.
  Numbers train;
  std::optional<SplitMetrics> validation;      ///< of the averaged weights, where there is an average
  std::optional<SplitMetrics> validation_raw;  ///< of the raw weights, where there is an average beside them
};

using History = std::vector<EpochRecord>;

/// A history as tensors by name and back, for checkpoints. Exact; every number stands under its name.
VIB_API TensorMap pack_history(const History& history);
/// Throws vib::StateError, naming `source`, where that is no packed history.
VIB_API History unpack_history(const TensorMap& packed, const std::string& source);

}  // namespace vib
