#pragma once

#include <cstdint>
#include <vector>

#include <torch/arg.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/nn/encoder/mlp.h"

namespace vib {

/// The shape of the images, and of the network.
struct VIB_API ConvEncoderOptions {
  /// The image's shape.
  ConvEncoderOptions(std::int64_t channels_in, std::int64_t height, std::int64_t width)
      : channels_in_(channels_in), height_(height), width_(width) {}

  TORCH_ARG(std::int64_t, channels_in);
  TORCH_ARG(std::int64_t, height);
  TORCH_ARG(std::int64_t, width);
  /// Output channels of the convolutions (3x3, padded), each followed by the activation and a 2x2 max pool.
  TORCH_ARG(std::vector<std::int64_t>, channels) = {32, 64};
  /// Widths of the dense layers behind them.
  TORCH_ARG(std::vector<std::int64_t>, hidden) = {256};
  /// Default: kRelu.
  TORCH_ARG(Activation, activation) = Activation::kRelu;
  /// Share of the dense layers' units that are dropped in training. Default: 0.
  TORCH_ARG(double, dropout) = 0;
  /// Share of the images' values that are dropped in training. Default: 0.
  TORCH_ARG(double, input_dropout) = 0;

 public:
  /// Values per example after the last pool.
  std::int64_t flattened() const;
  /// Width of the output.
  std::int64_t features() const { return hidden_.empty() ? flattened() : hidden_.back(); }
};

/// A small convolutional encoder for images: (convolution 3x3, activation, max pool 2x2)*, then an MLP.
/// Shapes: `[B, C, H, W]` -> `[B, F]`.
class VIB_API ConvEncoderImpl : public torch::nn::Cloneable<ConvEncoderImpl> {
 public:
  explicit ConvEncoderImpl(ConvEncoderOptions options);

  void reset() override;
  /// Images `[B, C, H, W]` -> features `[B, F]`. Taps: "pool.0", ... behind each pool, then those of the dense layers.
  torch::Tensor forward(const torch::Tensor& images, Taps* taps = nullptr);

  ConvEncoderOptions options;
  torch::nn::ModuleList convolutions{nullptr};
  Mlp dense{nullptr};
};
TORCH_MODULE(ConvEncoder);

}  // namespace vib
