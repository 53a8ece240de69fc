#pragma once

#include <cstdint>
#include <filesystem>

#include <torch/types.h>

#include "vib/data/dataset.h"
#include "vib/experiment/experiment_config.h"
#include "vib/nn/vib_classifier.h"
#include "vib/train/trainer.h"

namespace vib {

/// The shape of one example and the number of classes: what a network needs to know of its data.
struct DataShape {
  std::int64_t channels = 1, height = 28, width = 28;
  std::int64_t classes = 10;
};

DataShape data_shape(const DataConfig& config);

/// `data.root`, or where it is looked for when that is empty: $VIB_DATA_DIR/NAME, else data/NAME.
std::filesystem::path data_root(const DataConfig& config);

/// Throws vib::DataError.
DataSplits load_data(const DataConfig& config, torch::Device device);

/// The configured network with its initial weights, which depend on `config.seed` alone. Reseeds LibTorch's default
/// generator.
VibClassifier build_model(const ExperimentConfig& config, torch::Device device);

EvaluateOptions evaluate_options(const ExperimentConfig& config);
TrainerOptions trainer_options(const ExperimentConfig& config);

/// Sets the thread count and finds the device. Throws vib::Error where there is no such device.
torch::Device set_up_compute(const ExperimentConfig& config);

}  // namespace vib
