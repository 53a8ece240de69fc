#include "vib/nn/vib_model.h"

#include "vib/nn/module_mode.h"

namespace vib {

VibModelImpl::VibModelImpl(Backbone backbone, const VibModelOptions& options)
    : torch::nn::Module("vib::VibModel"),
      backbone(std::move(backbone)),
      bottleneck(options.bottleneck()),
      decoder(options.decoder()),
      prior(options.prior().clone(std::nullopt)),
      likelihood_(options.likelihood()) {
  register_module("backbone", this->backbone.module());
  register_module("bottleneck", bottleneck);
  register_module("decoder", decoder);
  register_module("prior", prior.module());
  const auto width = decoder->options.outputs() / likelihood_.outputs(1);
  if (const auto shared = likelihood_.shared_outputs(width); shared > 0)
    shared_outputs = register_parameter("shared_outputs", torch::zeros({shared}));
}

Posterior VibModelImpl::encode(const torch::Tensor& x, Taps* taps) {
  if (taps != nullptr) taps->set_prefix("encoder.");
  const auto features = backbone.forward(x, taps);
  if (taps != nullptr) taps->set_prefix("");
  tap(taps, "features", features);
  return bottleneck->encode(features);
}

torch::Tensor VibModelImpl::decode(const torch::Tensor& z, Taps* taps) {
  // A decoder is written for one batch [B, K], so draws become part of the batch and come apart again.
  auto shape = z.sizes().vec();
  shape.back() = decoder->options.outputs();
  if (taps != nullptr) taps->set_prefix("decoder.");
  const auto decoded = decoder->forward(z.reshape({-1, z.size(-1)}), taps).view(shape);
  const auto own = torch::isReducedFloatingType(decoded.scalar_type()) ? decoded.to(torch::kFloat32) : decoded;
  if (!shared_outputs.defined()) return own;
  shape.back() = shared_outputs.size(0);
  return at::cat({own, (kSharedPace * shared_outputs).expand(shape)}, -1);
}

VibOutput VibModelImpl::forward(const torch::Tensor& x, std::int64_t draws, std::optional<torch::Generator> generator) {
  auto posterior = encode(x);
  auto z = posterior.sample(draws, std::move(generator));
  return {decode(z), std::move(posterior), z};
}

VibOutput VibModelImpl::forward_with(const torch::Tensor& x, const torch::Tensor& noise, Taps* taps) {
  auto posterior = encode(x, taps);
  auto z = posterior.deterministic() ? posterior.mean().unsqueeze(0) : posterior.sample_with(noise);
  return {decode(z), std::move(posterior), z};
}

PriorContext VibModelImpl::prior_context(const Posterior& posterior, const torch::Tensor& targets) const {
  return {targets, posterior, [backbone = backbone, bottleneck = bottleneck.ptr()](const torch::Tensor& x) {
            const ModuleMode evaluation(*backbone.module(), ModuleMode::kEvaluation);
            return bottleneck->encode(backbone.forward(x));
          }};
}

TensorMap VibModelImpl::activations(const torch::Tensor& x) {
  Taps taps;
  const auto mean = encode(x, &taps).mean();
  taps.add("mean", mean);
  decode(mean, &taps);
  return taps.activations();
}

std::shared_ptr<torch::nn::Module> VibModelImpl::clone(const std::optional<torch::Device>& device) const {
  VibModelOptions options(bottleneck->options.features(), bottleneck->options.latent(), 1, likelihood_);
  options.bottleneck(bottleneck->options).decoder(decoder->options).prior(prior.clone(device));
  auto copy = std::make_shared<VibModelImpl>(backbone.clone(device), options);
  copy->bottleneck = copy->replace_module(
      "bottleneck", GaussianBottleneck(std::dynamic_pointer_cast<GaussianBottleneckImpl>(bottleneck->clone(device))));
  copy->decoder =
      copy->replace_module("decoder", Decoder(std::dynamic_pointer_cast<DecoderImpl>(decoder->clone(device))));
  if (shared_outputs.defined())
    copy->shared_outputs.set_data(shared_outputs.detach().clone().to(device.value_or(shared_outputs.device())));
  return copy;
}

}  // namespace vib
