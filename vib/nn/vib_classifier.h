#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <torch/arg.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/nn/backbone.h"
#include "vib/nn/bottleneck.h"
#include "vib/nn/categorical_decoder.h"

namespace vib {

struct VibClassifierOptions {
  VibClassifierOptions(std::int64_t features, std::int64_t latent, std::int64_t classes)
      : bottleneck_(features, latent), decoder_(latent, classes) {}

  TORCH_ARG(GaussianBottleneckOptions, bottleneck);
  TORCH_ARG(CategoricalDecoderOptions, decoder);
};

/// What one forward pass gives.
struct VibOutput {
  torch::Tensor logits;        ///< `[M, B, C]`, float32: log q(y|z) up to a constant, for each of M draws
  DiagonalGaussian posterior;  ///< q(z|x), of `[B, K]`
};

/// backbone -> bottleneck -> decoder: a classifier p(y|x) = E_{z~q(z|x)} q(y|z).
///
/// The backbone is any LibTorch module that maps a batch `[B, ...]` to features `[B, F]`: one of this library's
/// encoders, a `Sequential`, or the user's own.
class VibClassifierImpl : public torch::nn::Module {
 public:
  VibClassifierImpl(Backbone backbone, const VibClassifierOptions& options);

  template <typename Module>
  VibClassifierImpl(const Module& backbone, const VibClassifierOptions& options)
      : VibClassifierImpl(Backbone(backbone), options) {}

  /// q(z|x): `[B, ...]` -> a posterior of `[B, K]`.
  DiagonalGaussian encode(const torch::Tensor& x);
  /// z -> logits in float32: `[B, K]` -> `[B, C]`, `[M, B, K]` -> `[M, B, C]`.
  torch::Tensor decode(const torch::Tensor& z);
  /// Both, with `draws` draws of z per example. A deterministic model gives one draw, z = μ.
  VibOutput forward(const torch::Tensor& x, std::int64_t draws = 1,
                    std::optional<torch::Generator> generator = std::nullopt);
  /// The same with the caller's noise ε `[M, B, K]`; undefined for a deterministic model.
  VibOutput forward_with(const torch::Tensor& x, const torch::Tensor& noise);

  bool deterministic() const { return bottleneck->options.deterministic(); }
  std::int64_t classes() const { return decoder->options.classes(); }
  std::int64_t latent() const { return bottleneck->options.latent(); }

  /// A deep copy: same structure, own tensors.
  std::shared_ptr<torch::nn::Module> clone(const std::optional<torch::Device>& device = std::nullopt) const override;

  Backbone backbone;
  GaussianBottleneck bottleneck;
  CategoricalDecoder decoder;
};
TORCH_MODULE(VibClassifier);

}  // namespace vib
