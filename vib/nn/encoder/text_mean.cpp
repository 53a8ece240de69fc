#include "vib/nn/encoder/text_mean.h"

#include <utility>

#include "vib/nn/dropout.h"

namespace vib {

TextMeanImpl::TextMeanImpl(TextMeanOptions options) : options(std::move(options)) { reset(); }

void TextMeanImpl::reset() {
  TORCH_CHECK(options.vocabulary() >= 1 && options.embedding() >= 1,
              "vocabulary and embedding of a text encoder must be at least 1");
  embedding = register_module("embedding", torch::nn::Embedding(options.vocabulary(), options.embedding()));
  dense = register_module(
      "dense", Mlp(MlpOptions(options.embedding()).hidden(options.hidden()).activation(options.activation())));
}

torch::Tensor TextMeanImpl::forward(const torch::Tensor& tokens, Taps* taps) {
  TORCH_CHECK(tokens.dim() == 2, "tokens must be of [B, L], got ", tokens.sizes());
  const auto& words = embedding->weight;
  const auto type = words.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  const auto ids = tokens.to(torch::kInt64);
  const auto counted = ids.ne(0).to(type);
  const auto shares = counted / counted.sum(1, /*keepdim=*/true).clamp_min(1);
  const auto frequencies =
      torch::zeros({ids.size(0), options.vocabulary()}, shares.options()).scatter_add(1, ids, shares);
  const auto mean = at::matmul(frequencies.to(words.scalar_type()), words);
  tap(taps, "mean", mean);
  return dense->forward(vib::dropout(mean, options.dropout(), is_training()), taps);
}

}  // namespace vib
