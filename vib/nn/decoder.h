#pragma once

#include <cstdint>
#include <vector>

#include <torch/arg.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/nn/encoder/mlp.h"

namespace vib {

/// Widths of the decoder.
struct DecoderOptions {
  DecoderOptions(std::int64_t latent, std::int64_t outputs) : latent_(latent), outputs_(outputs) {}

  TORCH_ARG(std::int64_t, latent);
  TORCH_ARG(std::int64_t, outputs);
  /// Widths of hidden layers. Default: none, the paper's linear decoder.
  TORCH_ARG(std::vector<std::int64_t>, hidden) = {};
  /// Default: kRelu.
  TORCH_ARG(Activation, activation) = Activation::kRelu;
};

/// W g(z) + b with g an MLP, or the identity where there are no hidden layers: the numbers that a Likelihood takes.
/// Shapes: z `[B, K]` -> `[B, D]`.
class VIB_API DecoderImpl : public torch::nn::Cloneable<DecoderImpl> {
 public:
  explicit DecoderImpl(DecoderOptions options);

  void reset() override;
  /// z `[B, K]` -> what the likelihood takes, `[B, D]`. Taps: those of its hidden layers.
  torch::Tensor forward(const torch::Tensor& z, Taps* taps = nullptr);

  DecoderOptions options;
  Mlp trunk{nullptr};
  torch::nn::Linear linear{nullptr};
};
TORCH_MODULE(Decoder);

}  // namespace vib
