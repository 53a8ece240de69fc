#include "vib/nn/vib_model.h"

namespace vib {

VibModelImpl::VibModelImpl(Backbone backbone, const VibModelOptions& options)
    : torch::nn::Module("vib::VibModel"),
      backbone(std::move(backbone)),
      bottleneck(options.bottleneck()),
      decoder(options.decoder()),
      likelihood_(options.likelihood()) {
  register_module("backbone", this->backbone.module());
  register_module("bottleneck", bottleneck);
  register_module("decoder", decoder);
}

DiagonalGaussian VibModelImpl::encode(const torch::Tensor& x) { return bottleneck->encode(backbone.forward(x)); }

torch::Tensor VibModelImpl::decode(const torch::Tensor& z) {
  // A decoder is written for one batch [B, K], so draws become part of the batch and come apart again.
  auto shape = z.sizes().vec();
  shape.back() = decoder->options.outputs();
  const auto decoded = decoder->forward(z.reshape({-1, z.size(-1)})).view(shape);
  return torch::isReducedFloatingType(decoded.scalar_type()) ? decoded.to(torch::kFloat32) : decoded;
}

VibOutput VibModelImpl::forward(const torch::Tensor& x, std::int64_t draws, std::optional<torch::Generator> generator) {
  auto posterior = encode(x);
  auto decoded = decode(posterior.sample(draws, std::move(generator)));
  return {std::move(decoded), std::move(posterior)};
}

VibOutput VibModelImpl::forward_with(const torch::Tensor& x, const torch::Tensor& noise) {
  auto posterior = encode(x);
  auto decoded = decode(posterior.deterministic() ? posterior.mean.unsqueeze(0) : posterior.sample_with(noise));
  return {std::move(decoded), std::move(posterior)};
}

std::shared_ptr<torch::nn::Module> VibModelImpl::clone(const std::optional<torch::Device>& device) const {
  VibModelOptions options(bottleneck->options.features(), bottleneck->options.latent(), 1, likelihood_);
  options.bottleneck(bottleneck->options).decoder(decoder->options);
  auto copy = std::make_shared<VibModelImpl>(backbone.clone(device), options);
  copy->bottleneck = copy->replace_module(
      "bottleneck", GaussianBottleneck(std::dynamic_pointer_cast<GaussianBottleneckImpl>(bottleneck->clone(device))));
  copy->decoder =
      copy->replace_module("decoder", Decoder(std::dynamic_pointer_cast<DecoderImpl>(decoder->clone(device))));
  return copy;
}

}  // namespace vib
