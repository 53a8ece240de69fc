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
/// The price of the rate, with the regularisers that are on.
Objective objective_of(const ExperimentConfig& config);
TrainerOptions trainer_options(const ExperimentConfig& config);

/// Finds the device, and sets as many threads as are asked for, or one per core, to read the data. Throws vib::Error
/// where there is no such device.
torch::Device set_up_compute(const ExperimentConfig& config);

/// Sets the threads for `models` such models trained as one: as many as are asked for, or as a training step keeps
/// busy, up to one per core. The choice depends on sizes alone, since CPU results depend on it.
void set_up_threads(const ExperimentConfig& config, const DataDescription& data, const VibModel& model,
                    std::int64_t models = 1);

/// As many threads as `flop` floating-point operations a step keep busy, from 1 to `cores`.
std::int64_t threads_for(double flop, std::int64_t cores);

/// Floating-point operations in the matrix products of a training step: 2 · 3 · multiply-adds of a forward pass ·
/// batch. A convolution's weights are counted once for each place of the input.
double step_flop(const VibModel& model, const DataDescription& data, std::int64_t batch);

}  // namespace vib
