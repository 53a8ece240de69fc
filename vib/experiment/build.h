#pragma once

#include <torch/types.h>

#include "vib/experiment/experiment_config.h"
#include "vib/experiment/load_data.h"
#include "vib/nn/vib_model.h"
#include "vib/train/trainer.h"

namespace vib {

/// The configured network for such data, with its initial weights, which depend on `config.seed` alone. Reseeds
/// LibTorch's default generator. Throws vib::ConfigError where the network and the data do not go together.
VibModel build_model(const ExperimentConfig& config, const DataDescription& data, torch::Device device);

EvaluateOptions evaluate_options(const ExperimentConfig& config);
TrainerOptions trainer_options(const ExperimentConfig& config);

/// Sets the thread count and finds the device. Throws vib::Error where there is no such device.
torch::Device set_up_compute(const ExperimentConfig& config);

}  // namespace vib
