#pragma once

#include <filesystem>

#include <torch/types.h>

#include "vib/data/dataset.h"
#include "vib/experiment/data_description.h"
#include "vib/experiment/experiment_config.h"
#include "vib/nn/vib_model.h"
#include "vib/train/trainer.h"

namespace vib {

/// `data.root`, or where it is looked for when that is empty: $VIB_DATA_DIR/NAME, else data/NAME.
std::filesystem::path data_root(const DataConfig& config);

struct ExperimentData {
  DataSplits splits;
  DataDescription description;
};

/// Throws vib::DataError.
ExperimentData load_data(const DataConfig& config, torch::Device device);

/// The configured network for such data, with its initial weights, which depend on `config.seed` alone. Reseeds
/// LibTorch's default generator. Throws vib::ConfigError where the network and the data do not go together.
VibModel build_model(const ExperimentConfig& config, const DataDescription& data, torch::Device device);

EvaluateOptions evaluate_options(const ExperimentConfig& config);
TrainerOptions trainer_options(const ExperimentConfig& config);

/// Sets the thread count and finds the device. Throws vib::Error where there is no such device.
torch::Device set_up_compute(const ExperimentConfig& config);

}  // namespace vib
