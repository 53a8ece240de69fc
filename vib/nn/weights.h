#pragma once

#include <torch/nn/module.h>

#include "vib/core/tensor_file.h"

namespace vib {

/// Every parameter and buffer of `module`, by name, as copies on the CPU: what `weights.pt` holds.
TensorMap copy_weights(const torch::nn::Module& module);

/// Puts `weights` into `module`. Throws vib::StateError that lists every missing, unexpected, misshapen or mistyped
/// name, and then changes nothing; `source` names the file in that message.
void load_weights(torch::nn::Module& module, const TensorMap& weights, const std::string& source);

}  // namespace vib
