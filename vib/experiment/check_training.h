#pragma once

#include <cstdint>
#include <string>

#include "vib/experiment/experiment_config.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// Bytes that one more model costs in training: weights, moments, average and gradient in float32, a bfloat16 copy, the
/// best epoch's two sets of weights.
double training_bytes(const VibModel& model, const ExperimentConfig& config);

/// Throws vib::ConfigError, which names the keys, where `model` cannot be trained on so many examples: there is no
/// batch, or more memory is needed than the machine has.
void check_training(const ExperimentConfig& config, const VibModel& model, std::int64_t examples, torch::Device device);

/// The keys of the network that are sizes, with their values: "model.encoder.hidden: [1024, 1024], model.latent.dim:
/// 256".
std::string sizes_of_model(ExperimentConfig config);

}  // namespace vib
