#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/data/dataset.h"
#include "vib/evaluate/metric_info.h"
#include "vib/evaluate/predict.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// What a metric sees of a batch.
struct ScoredBatch {
  const VibModelImpl& model;
  const Prediction& prediction;  ///< scored: with `log_mean` and `distortion`
  const torch::Tensor& targets;  ///< in the unit of the prediction: of values the data's
  const Dataset& data;           ///< the split that it is a batch of
  torch::Tensor weights = {};    ///< what each example counts, `[B]`; undefined: all the same

  /// Σ over the examples of `x` (`[B, ...]`), each times its weight.
  VIB_API torch::Tensor sum(const torch::Tensor& x) const;
};

/// One number of a split: an entry of the one list that evaluation, histories, checkpoints, tables, pictures, event
/// files and early stopping walk. A metric is made of sums over the examples (weighted: ScoredBatch::sum), so that a
/// split is evaluated batch by batch:
///
///     vib::add_metric({.info = {.key = "my_brier", .name = "Brier", .words = "Brier score", .unit = ""},
///                      .exists = vib::has_classes,
///                      .sums = [](const vib::ScoredBatch& b) { return b.sum(brier(b.prediction.mean, b.targets)); }});
struct Metric {
  MetricInfo info;
  /// Whether such a model has it on such data; empty: always.
  std::function<bool(const VibModelImpl& model, const Dataset& data)> exists = nullptr;
  /// Sums over the batch's examples: one number or `[n]`, on the device.
  std::function<torch::Tensor(const ScoredBatch& batch)> sums;
  /// The number, from the sums over the split; nothing where it is not defined. Empty: the mean,
  /// sums[0] / Σ weights.
  std::function<std::optional<double>(const std::vector<double>& sums, const Dataset& data)> value = nullptr;
};

/// Whether targets are labels that a prediction can get wrong.
VIB_API bool has_classes(const VibModelImpl& model, const Dataset& data);

/// All metrics, in the order of reports.
VIB_API const std::vector<Metric>& metrics();

/// Adds one behind the others, for the whole program: before models are trained or evaluated, and from one thread.
/// Throws vib::Error where the key is taken or no key.
VIB_API void add_metric(Metric metric);

}  // namespace vib
