#pragma once

#include <optional>

#include <torch/nn/module.h>
#include <torch/types.h>

namespace vib {

/// The parameters of a layer whose work is a matrix product: linear and convolution layers.
struct MatrixLayer {
  torch::Tensor weight;
  torch::Tensor bias;  ///< undefined where the layer has none
};

/// `module` as such a layer (its own parameters, not its children's), or nothing where it is another kind.
std::optional<MatrixLayer> matrix_layer(const torch::nn::Module& module);

}  // namespace vib
