#include "vib/nn/encoder/conv.h"

#include <fmt/format.h>

#include "vib/export/layers.h"

namespace vib {

std::string graph_of_conv(GraphBuilder& g, const std::string& x, const torch::nn::Module& backbone) {
  const auto* encoder = backbone.as<ConvEncoderImpl>();
  if (encoder == nullptr) return "";
  const auto& options = encoder->options;
  auto image = x;
  for (std::size_t i = 0; i < options.channels().size(); ++i) {
    const auto layer = fmt::format("backbone.convolutions.{}", i);
    image = g.add(Operation::kConvolution, {image, layer + ".weight", layer + ".bias"}, {2, 1});
    image = g.add(Operation::kMaxPool, {activation_of(g, image, options.activation())}, {2, 2, 2});
  }
  return mlp_layers(g, g.add(Operation::kFlatten, {image}), encoder->dense->options, "backbone.dense");
}

}  // namespace vib
