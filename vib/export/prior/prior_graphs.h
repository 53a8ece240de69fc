#pragma once

#include <string>

#include <torch/nn/module.h>

#include "vib/export/graph.h"

namespace vib {

/// The steps from a posterior's μ and log σ² to KL(q || r) in bits, `[B]`, for the model's prior. Throws
/// vib::StateError for a prior that is none of this library's.
std::string graph_of_rate_bits(GraphBuilder& g, const std::string& mean, const std::string& log_variance,
                               const torch::nn::Module& prior);

}  // namespace vib
