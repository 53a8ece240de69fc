#pragma once

#include <string>

#include <torch/nn/module.h>

#include "vib/export/graph.h"

namespace vib {

/// Whether the rate against such a prior is an output. Where it has no closed form it is not: no two calls would agree
/// on an average over draws.
bool gives_rate(const torch::nn::Module& prior);

/// The steps from a posterior's μ and log σ² to KL(q || r) in bits, `[B]`, for the model's prior, which gives a rate.
/// Throws vib::StateError for a prior that is none of this library's.
std::string graph_of_rate_bits(GraphBuilder& g, const std::string& mean, const std::string& log_variance,
                               const torch::nn::Module& prior);

}  // namespace vib
