#pragma once

#include <string>

#include <torch/nn/module.h>

#include "vib/export/graph.h"

namespace vib {

/// The steps of `backbone`, a model's, from its inputs x to its features. Throws vib::StateError for a module that is
/// none of this library's encoders.
std::string graph_of_encoder(GraphBuilder& g, const std::string& x, const torch::nn::Module& backbone);

}  // namespace vib
