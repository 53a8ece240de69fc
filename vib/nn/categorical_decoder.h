#pragma once

#include <cstdint>
#include <vector>

#include <torch/arg.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/nn/mlp.h"

namespace vib {

struct CategoricalDecoderOptions {
  CategoricalDecoderOptions(std::int64_t latent, std::int64_t classes) : latent_(latent), classes_(classes) {}

  TORCH_ARG(std::int64_t, latent);
  TORCH_ARG(std::int64_t, classes);
  /// Widths of hidden layers. Default: none, the paper's linear (softmax) decoder.
  TORCH_ARG(std::vector<std::int64_t>, hidden) = {};
  /// Default: kRelu.
  TORCH_ARG(Activation, activation) = Activation::kRelu;
};

/// q(y|z) = softmax(W g(z) + b) with g an MLP, or the identity where there are no hidden layers.
/// Shapes: z `[B, K]` -> logits `[B, C]`.
class CategoricalDecoderImpl : public torch::nn::Cloneable<CategoricalDecoderImpl> {
 public:
  explicit CategoricalDecoderImpl(CategoricalDecoderOptions options);

  void reset() override;
  torch::Tensor forward(const torch::Tensor& z);

  CategoricalDecoderOptions options;
  Mlp trunk{nullptr};
  torch::nn::Linear linear{nullptr};
};
TORCH_MODULE(CategoricalDecoder);

}  // namespace vib
