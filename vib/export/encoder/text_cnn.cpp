#include "vib/nn/encoder/text_cnn.h"

#include "vib/export/layers.h"

namespace vib {

// The maximum over windows that hold more than padding, of values that are not negative: the others may be zeros.
std::string graph_of_text_cnn(GraphBuilder& g, const std::string& tokens, const torch::nn::Module& backbone) {
  using Op = Operation;
  const auto* encoder = backbone.as<TextCnnImpl>();
  if (encoder == nullptr) return "";
  const auto words = g.add(Op::kEmbedding, {tokens, "backbone.embedding.weight"});
  const auto sums = g.add(
      Op::kConvolution,
      {g.add(Op::kTranspose, {words}, {0, 2, 1}), "backbone.convolution.weight", "backbone.convolution.bias"}, {1, 0});
  const auto mask =
      g.add(Op::kMaxPool, {g.add(Op::kUnsqueeze, {mask_of_tokens(g, tokens)}, {1})}, {1, encoder->options.width(), 1});
  return g.add(Op::kMaximum, {g.add(Op::kMultiply, {g.add(Op::kRelu, {sums}), mask})}, {2});
}

}  // namespace vib
