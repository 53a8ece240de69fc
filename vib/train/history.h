#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/evaluate/evaluate.h"

namespace vib {

/// Means over the training examples of one epoch, as they were met: by the moving weights, on training draws of z.
struct TrainMetrics {
  double loss_bits = 0;
  double distortion_bits = 0;
  std::optional<double> rate_bits;  ///< none for a deterministic model
  std::optional<double> error;      ///< share wrong, over examples and draws; labels only
  std::optional<double> rmse;       ///< root of the mean squared error, over examples and draws; values only
};

/// One line of `metrics.jsonl`.
struct EpochRecord {
  std::int64_t epoch = 0;     ///< epochs finished, from 1
  std::int64_t step = 0;      ///< updates made since the start
  double seconds = 0;         ///< the training part of the epoch, of all replicas together
  std::int64_t replicas = 1;  ///< models trained together
  double beta = 0;            ///< at the epoch's last step
  double learning_rate = 0;
  TrainMetrics train;
  std::optional<SplitMetrics> validation;      ///< of the averaged weights, where there is an average
  std::optional<SplitMetrics> validation_raw;  ///< of the raw weights, where there is an average beside them
};

using History = std::vector<EpochRecord>;

/// A history as one float64 tensor `[epochs, columns]` and back, for checkpoints. Exact.
VIB_API torch::Tensor pack_history(const History& history);
VIB_API History unpack_history(const torch::Tensor& packed);

}  // namespace vib
