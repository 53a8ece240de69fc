#pragma once

#include <torch/nn/module.h>

#include "vib/core/export.h"

namespace vib {

/// Glorot & Bengio (2010): every linear and convolution weight ~ U(-a, a), a = gain sqrt(6 / (fan_in + fan_out)), and
/// every bias 0; embeddings ~ U(-0.05 gain, 0.05 gain). Draws from LibTorch's default generator (`torch::manual_seed`).
/// The recipe of the VIB paper, gain 1.
VIB_API void initialize_xavier_uniform(torch::nn::Module& module, double gain = 1.0);

}  // namespace vib
