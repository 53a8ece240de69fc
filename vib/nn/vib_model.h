#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <torch/arg.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/nn/backbone.h"
#include "vib/nn/bottleneck.h"
#include "vib/nn/decoder.h"
#include "vib/nn/likelihood/likelihood.h"
#include "vib/nn/prior/prior.h"
#include "vib/nn/prior/standard_normal.h"
#include "vib/nn/replicable.h"
#include "vib/nn/taps.h"

namespace vib {

/// The bottleneck and the decoder behind a backbone of so many features.
struct VibModelOptions {
  /// `width`: how many classes, labels or values a target has.
  VibModelOptions(std::int64_t features, std::int64_t latent, std::int64_t width,
                  Likelihood likelihood = Likelihood::categorical())
      : bottleneck_(features, latent), decoder_(latent, likelihood.outputs(width)), likelihood_(likelihood) {}

  TORCH_ARG(GaussianBottleneckOptions, bottleneck);
  TORCH_ARG(DecoderOptions, decoder);
  TORCH_ARG(Likelihood, likelihood);
  /// r(z), of which the model gets a copy. Default: N(0, I).
  TORCH_ARG(Prior, prior) = StandardNormalPrior();
};

/// What one forward pass gives.
struct VibOutput {
  torch::Tensor decoded;  ///< `[M, B, D]`, float32: what the likelihood takes, logits or means, for each of M draws
  Posterior posterior;    ///< q(z|x), of `[B, K]`
  torch::Tensor z;        ///< the draws that were decoded, `[M, B, K]`
};

/// A shared output is this times its parameter. An optimiser like Adam moves a parameter by about a learning rate a
/// step: where a decoder's many weights move an output together, one number alone would be left behind.
constexpr double kSharedPace = 10;

/// backbone -> bottleneck -> decoder: p(y|x) = E_{z~q(z|x)} q(y|z). A classifier, unless the likelihood says otherwise.
///
/// The backbone is any LibTorch module that maps a batch `[B, ...]` to features `[B, F]`: one of this library's
/// encoders, a `Sequential`, or the user's own.
class VIB_API VibModelImpl : public torch::nn::Module, public Replicable {
 public:
  VibModelImpl(Backbone backbone, const VibModelOptions& options);

  template <typename Module>
  VibModelImpl(const Module& backbone, const VibModelOptions& options) : VibModelImpl(Backbone(backbone), options) {}

  /// q(z|x): `[B, ...]` -> a posterior of `[B, K]`. `taps`: "encoder.NAME" for what the backbone hands out, "features".
  Posterior encode(const torch::Tensor& x, Taps* taps = nullptr);
  /// z -> what the likelihood takes, in float32: `[B, K]` -> `[B, D]`, `[M, B, K]` -> `[M, B, D]`. `taps`, for `[B, K]`
  /// alone: "decoder.NAME".
  torch::Tensor decode(const torch::Tensor& z, Taps* taps = nullptr);
  /// Both, with `draws` draws of z per example. A deterministic model gives one draw, z = μ.
  VibOutput forward(const torch::Tensor& x, std::int64_t draws = 1,
                    std::optional<torch::Generator> generator = std::nullopt);
  /// The same with the caller's noise ε `[M, B, K]`; undefined for a deterministic model.
  VibOutput forward_with(const torch::Tensor& x, const torch::Tensor& noise, Taps* taps = nullptr);
  /// What the prior is told of a batch with such posteriors and targets (undefined: none). The encoder that it gets is
  /// in evaluation mode while it is asked, without dropout and whatever mode the model is in.
  PriorContext prior_context(const Posterior& posterior, const torch::Tensor& targets) const;
  /// Every hidden activation by name, in the order of the network, `[B, ...]` each: those of the encoder, "features",
  /// "mean" (μ), those of the decoder at z = μ.
  TensorMap activations(const torch::Tensor& x);

  /// Whether z = μ, without a rate.
  bool deterministic() const { return bottleneck->options.deterministic(); }
  /// What the decoder's output means.
  const Likelihood& likelihood() const { return likelihood_; }
  /// K, the dimension of z.
  std::int64_t latent() const { return bottleneck->options.latent(); }

  std::vector<torch::Tensor*> tensor_members() override { return {&shared_outputs}; }
  /// A deep copy: same structure, own tensors.
  std::shared_ptr<torch::nn::Module> clone(const std::optional<torch::Device>& device = std::nullopt) const override;

  Backbone backbone;
  GaussianBottleneck bottleneck;
  Decoder decoder;
  Prior prior;
  /// What the decoder's outputs end in for every example, divided by kSharedPace; undefined unless the likelihood has
  /// such outputs.
  torch::Tensor shared_outputs;

 private:
  Likelihood likelihood_;
};
TORCH_MODULE(VibModel);

/// The common case by its name: a model whose likelihood is categorical.
using VibClassifier = VibModel;
using VibClassifierOptions = VibModelOptions;

}  // namespace vib
