#include "vib/nn/vib_classifier.h"

namespace vib {

VibClassifierImpl::VibClassifierImpl(Backbone backbone, const VibClassifierOptions& options)
    : torch::nn::Module("vib::VibClassifier"),
      backbone(std::move(backbone)),
      bottleneck(options.bottleneck()),
      decoder(options.decoder()) {
  register_module("backbone", this->backbone.module());
  register_module("bottleneck", bottleneck);
  register_module("decoder", decoder);
}

DiagonalGaussian VibClassifierImpl::encode(const torch::Tensor& x) { return bottleneck->encode(backbone.forward(x)); }

torch::Tensor VibClassifierImpl::decode(const torch::Tensor& z) {
  // A decoder is written for one batch [B, K], so draws become part of the batch and come apart again.
  auto shape = z.sizes().vec();
  shape.back() = classes();
  const auto logits = decoder->forward(z.reshape({-1, z.size(-1)})).view(shape);
  return torch::isReducedFloatingType(logits.scalar_type()) ? logits.to(torch::kFloat32) : logits;
}

VibOutput VibClassifierImpl::forward(const torch::Tensor& x, std::int64_t draws,
                                     std::optional<torch::Generator> generator) {
  auto posterior = encode(x);
  auto logits = decode(posterior.sample(draws, std::move(generator)));
  return {std::move(logits), std::move(posterior)};
}

VibOutput VibClassifierImpl::forward_with(const torch::Tensor& x, const torch::Tensor& noise) {
  auto posterior = encode(x);
  auto logits = decode(posterior.deterministic() ? posterior.mean.unsqueeze(0) : posterior.sample_with(noise));
  return {std::move(logits), std::move(posterior)};
}

std::shared_ptr<torch::nn::Module> VibClassifierImpl::clone(const std::optional<torch::Device>& device) const {
  VibClassifierOptions options(bottleneck->options.features(), bottleneck->options.latent(), classes());
  options.bottleneck(bottleneck->options).decoder(decoder->options);
  auto copy = std::make_shared<VibClassifierImpl>(backbone.clone(device), options);
  copy->bottleneck = copy->replace_module(
      "bottleneck", GaussianBottleneck(std::dynamic_pointer_cast<GaussianBottleneckImpl>(bottleneck->clone(device))));
  copy->decoder = copy->replace_module(
      "decoder", CategoricalDecoder(std::dynamic_pointer_cast<CategoricalDecoderImpl>(decoder->clone(device))));
  return copy;
}

}  // namespace vib
