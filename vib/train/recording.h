#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/data/dataset.h"
#include "vib/information/estimate.h"
#include "vib/nn/vib_model.h"
#include "vib/train/gradient_moments.h"

namespace vib {

/// What one estimator says of one layer.
struct LayerInformation {
  std::string layer;      ///< as VibModel::activations() names it, and "output": what the likelihood takes for a mean
  std::string estimator;  ///< InformationEstimator::name()
  InformationEstimate estimate;
};

/// A look at one model's layers.
struct LayerRecord {
  std::int64_t epoch = 0;  ///< how many had ended; 0: before the first
  std::int64_t replica = 0;
  std::vector<LayerInformation> information;
  std::vector<LayerGradient> gradients;  ///< over the steps of that epoch; none of epoch 0
};

/// When and how training looks at the layers: after the epochs named, with the weights as they are then (no average),
/// in evaluation mode, at z = μ.
struct RecordingOptions {
  /// Rising; 0 is before the first. Default: none, and nothing is done or kept.
  TORCH_ARG(std::vector<std::int64_t>, epochs) = {};
  /// Default: none, for the gradients alone.
  TORCH_ARG(std::vector<std::shared_ptr<const InformationEstimator>>, estimators) = {};
  /// The examples that the layers are asked about, with targets that are classes. Default: those that are trained on.
  TORCH_ARG(Dataset, data) = {};
  /// Is given each record, one model after another. A training that was ended by force and goes on from its last state
  /// gives those behind it once more, bit for bit.
  TORCH_ARG(std::function<void(const LayerRecord&)>, on_record) = nullptr;

 public:
  /// Whether that epoch is recorded.
  bool includes(std::int64_t epoch) const;
};

/// What the estimators say of every layer of a model, `batch` examples at a time through the network. Throws c10::Error
/// where the targets are no classes.
VIB_API std::vector<LayerInformation> layer_information(
    VibModel model, const Dataset& data, const std::vector<std::shared_ptr<const InformationEstimator>>& estimators,
    std::int64_t batch = 1000);

}  // namespace vib
