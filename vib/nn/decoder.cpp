#include "vib/nn/decoder.h"

namespace vib {

DecoderImpl::DecoderImpl(DecoderOptions options) : options(std::move(options)) { reset(); }

void DecoderImpl::reset() {
  TORCH_CHECK(options.outputs() >= 1, "a decoder needs at least 1 output, got ", options.outputs());
  const auto trunk_options = MlpOptions(options.latent()).hidden(options.hidden()).activation(options.activation());
  trunk = register_module("trunk", Mlp(trunk_options));
  linear = register_module("linear", torch::nn::Linear(trunk_options.features(), options.outputs()));
}

torch::Tensor DecoderImpl::forward(const torch::Tensor& z, Taps* taps) {
  return linear->forward(trunk->forward(z, taps));
}

}  // namespace vib
