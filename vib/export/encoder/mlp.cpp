#include "vib/nn/encoder/mlp.h"

#include "vib/export/layers.h"

namespace vib {

std::string graph_of_mlp(GraphBuilder& g, const std::string& x, const torch::nn::Module& backbone) {
  const auto* encoder = backbone.as<MlpImpl>();
  if (encoder == nullptr) return "";
  return mlp_layers(g, g.add(Operation::kFlatten, {x}), encoder->options, "backbone");
}

}  // namespace vib
