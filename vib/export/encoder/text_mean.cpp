#include "vib/nn/encoder/text_mean.h"

#include "vib/export/layers.h"

namespace vib {

std::string graph_of_text_mean(GraphBuilder& g, const std::string& tokens, const torch::nn::Module& backbone) {
  using Op = Operation;
  const auto* encoder = backbone.as<TextMeanImpl>();
  if (encoder == nullptr) return "";
  const auto words = g.add(Op::kEmbedding, {tokens, "backbone.embedding.weight"});
  const auto mask = g.add(Op::kUnsqueeze, {mask_of_tokens(g, tokens)}, {2});
  const auto number = g.add(Op::kClip, {g.add(Op::kSum, {mask}, {1}), g.scalar(1)});
  const auto sum = g.add(Op::kSum, {g.add(Op::kMultiply, {words, mask})}, {1});
  return mlp_layers(g, g.add(Op::kDivide, {sum, number}), encoder->dense->options, "backbone.dense");
}

}  // namespace vib
