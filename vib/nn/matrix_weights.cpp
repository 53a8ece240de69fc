#include "vib/nn/matrix_weights.h"

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

namespace vib {
namespace {

template <typename... Layers>
std::optional<MatrixLayer> first_match(const torch::nn::Module& module) {
  std::optional<MatrixLayer> found;
  const auto try_one = [&]<typename Layer>(const Layer* layer) {
    if (layer != nullptr) found = MatrixLayer{layer->weight, layer->bias};
  };
  (try_one(module.as<Layers>()), ...);
  return found;
}

}  // namespace

std::optional<MatrixLayer> matrix_layer(const torch::nn::Module& module) {
  using namespace torch::nn;  // NOLINT: five layer types on one line
  return first_match<LinearImpl, Conv1dImpl, Conv2dImpl, Conv3dImpl>(module);
}

}  // namespace vib
