#include "vib/nn/encoder/text_cnn.h"

#include <utility>

#include "vib/nn/dropout.h"
#include "vib/nn/encoder/window_max.h"

namespace vib {

TextCnnImpl::TextCnnImpl(TextCnnOptions options) : options(std::move(options)) { reset(); }

void TextCnnImpl::reset() {
  TORCH_CHECK(options.vocabulary() >= 1 && options.embedding() >= 1 && options.filters() >= 1 && options.width() >= 1,
              "vocabulary, embedding, filters and width of a text encoder must be at least 1");
  embedding = register_module("embedding", torch::nn::Embedding(options.vocabulary(), options.embedding()));
  convolution = register_module("convolution", torch::nn::Conv1d(torch::nn::Conv1dOptions(
                                                   options.embedding(), options.filters(), options.width())));
}

torch::Tensor TextCnnImpl::forward(const torch::Tensor& tokens, Taps* taps) {
  const auto& words = embedding->weight;
  // The weights may be copies in bfloat16; the products choose their precision themselves.
  const auto type = words.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  const auto best =
      window_max(words.to(type), convolution->weight.to(type), convolution->bias.to(type), tokens.to(torch::kInt64));
  const auto features = at::relu(best);
  tap(taps, "maximum", features);
  return vib::dropout(features, options.dropout(), is_training());
}

}  // namespace vib
