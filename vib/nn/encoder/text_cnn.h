#pragma once

#include <cstdint>

#include <torch/arg.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/nn/taps.h"

namespace vib {

/// Sizes of the network.
struct TextCnnOptions {
  /// The number of token ids; 0 is padding.
  explicit TextCnnOptions(std::int64_t vocabulary) : vocabulary_(vocabulary) {}

  TORCH_ARG(std::int64_t, vocabulary);
  /// Values per token. Default: 50.
  TORCH_ARG(std::int64_t, embedding) = 50;
  /// Default: 250.
  TORCH_ARG(std::int64_t, filters) = 250;
  /// Tokens that a filter sees at a time. Default: 3.
  TORCH_ARG(std::int64_t, width) = 3;
  /// The probability with which a feature is dropped in training. Default: 0.
  TORCH_ARG(double, dropout) = 0.0;

 public:
  /// Width of the output.
  std::int64_t features() const { return filters_; }
};

/// A convolutional encoder for texts (Kim, 2014): embedding, 1-d convolution without padding, ReLU, maximum over time,
/// dropout. Shapes: tokens `[B, L]` int64 -> `[B, filters]`.
///
/// Padding is masked: a window counts when any of its tokens is not padding, so that how long a text was padded in
/// front changes nothing once there are `width` - 1 paddings before it. A text of padding alone gives zeros.
class VIB_API TextCnnImpl : public torch::nn::Cloneable<TextCnnImpl> {
 public:
  explicit TextCnnImpl(TextCnnOptions options);

  void reset() override;
  /// Token ids `[B, L]` int64 -> features `[B, F]`. Tap: "maximum", before dropout.
  torch::Tensor forward(const torch::Tensor& tokens, Taps* taps = nullptr);

  TextCnnOptions options;
  torch::nn::Embedding embedding{nullptr};
  torch::nn::Conv1d convolution{nullptr};
};
TORCH_MODULE(TextCnn);

}  // namespace vib
