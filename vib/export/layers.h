#pragma once

#include <string>

#include "vib/export/graph.h"
#include "vib/nn/encoder/mlp.h"

namespace vib {

// Steps that several networks have. `layer` is the beginning of its weights' names, x and the result names of values.

/// x Wᵀ + b
std::string linear_layer(GraphBuilder& g, const std::string& x, const std::string& layer);
std::string activation_of(GraphBuilder& g, const std::string& x, Activation activation);
/// An Mlp of `[B, in]`.
std::string mlp_layers(GraphBuilder& g, std::string x, const MlpOptions& options, const std::string& layer);
/// 1 where a token is none of the padding, which is token 0, and 0 elsewhere: `[B, L]`.
std::string mask_of_tokens(GraphBuilder& g, const std::string& tokens);

}  // namespace vib
