#pragma once

#include <string>

#include "vib/experiment/experiment_config.h"
#include "vib/experiment/load_data.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// Bytes that one more model costs in training: weights, moments, average and gradient in float32, a bfloat16 copy, the
/// best epoch's two sets of weights.
double training_bytes(const VibModel& model, const ExperimentConfig& config);

/// Throws vib::ConfigError, which names the keys, for what shows only where configuration, network and data meet: there
/// is no batch, no such number to choose an epoch by, a regulariser of no use, or less memory than is needed. To be
/// asked before a run leaves anything behind.
void check_training(const ExperimentConfig& config, const VibModel& model, const DataSplits& data);

/// The keys of the network that are sizes, with their values: "model.encoder.hidden: [1024, 1024], model.latent.dim:
/// 256".
std::string sizes_of_model(ExperimentConfig config);

}  // namespace vib
