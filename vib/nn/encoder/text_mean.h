#pragma once

#include <cstdint>
#include <vector>

#include <torch/arg.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/nn/encoder/mlp.h"

namespace vib {

/// Sizes of the network.
struct TextMeanOptions {
  /// The number of token ids; 0 is padding.
  explicit TextMeanOptions(std::int64_t vocabulary) : vocabulary_(vocabulary) {}

  TORCH_ARG(std::int64_t, vocabulary);
  /// Values per token. Default: 50.
  TORCH_ARG(std::int64_t, embedding) = 50;
  /// Widths of the dense layers behind the mean. Default: none.
  TORCH_ARG(std::vector<std::int64_t>, hidden) = {};
  /// Of these. Default: kRelu.
  TORCH_ARG(Activation, activation) = Activation::kRelu;
  /// The probability with which a value of the mean is dropped in training. Default: 0.
  TORCH_ARG(double, dropout) = 0.0;

 public:
  /// Width of the output.
  std::int64_t features() const { return hidden_.empty() ? embedding_ : hidden_.back(); }
};

/// The fast baseline for texts: the mean of the embeddings of all tokens that are not padding, then an MLP. Shapes:
/// tokens `[B, L]` of any integer type -> `[B, F]`. A text of padding alone has a mean of zeros. Throws c10::Error for
/// a token outside [0, vocabulary).
///
/// It is computed as (counts of each token `[B, V]` / number of tokens) · (embeddings `[V, E]`).
class VIB_API TextMeanImpl : public torch::nn::Cloneable<TextMeanImpl> {
 public:
  explicit TextMeanImpl(TextMeanOptions options);

  void reset() override;
  /// Token ids `[B, L]` int64 -> features `[B, F]`. Taps: "mean", then those of the dense layers.
  torch::Tensor forward(const torch::Tensor& tokens, Taps* taps = nullptr);

  TextMeanOptions options;
  torch::nn::Embedding embedding{nullptr};
  Mlp dense{nullptr};
};
TORCH_MODULE(TextMean);

}  // namespace vib
