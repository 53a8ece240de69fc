#include "vib/nn/categorical_decoder.h"

namespace vib {

CategoricalDecoderImpl::CategoricalDecoderImpl(CategoricalDecoderOptions options) : options(std::move(options)) {
  reset();
}

void CategoricalDecoderImpl::reset() {
  TORCH_CHECK(options.classes() >= 2, "a categorical decoder needs at least 2 classes, got ", options.classes());
  const auto trunk_options = MlpOptions(options.latent()).hidden(options.hidden()).activation(options.activation());
  trunk = register_module("trunk", Mlp(trunk_options));
  linear = register_module("linear", torch::nn::Linear(trunk_options.features(), options.classes()));
}

torch::Tensor CategoricalDecoderImpl::forward(const torch::Tensor& z) { return linear->forward(trunk->forward(z)); }

}  // namespace vib
