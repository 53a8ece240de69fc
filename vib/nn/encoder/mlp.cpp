#include "vib/nn/encoder/mlp.h"

#include "vib/nn/dropout.h"

namespace vib {

torch::Tensor activate(const torch::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kRelu: return at::relu(x);
    case Activation::kGelu: return at::gelu(x);
    case Activation::kSilu: return at::silu(x);
    case Activation::kTanh: return at::tanh(x);
  }
  TORCH_CHECK(false, "unknown activation");
}

MlpImpl::MlpImpl(MlpOptions options) : options(std::move(options)) { reset(); }

void MlpImpl::reset() {
  layers = register_module("layers", torch::nn::ModuleList());
  auto width = options.in();
  for (const auto next : options.hidden()) {
    TORCH_CHECK(width >= 1 && next >= 1, "every width of an MLP must be at least 1, got ", width, " -> ", next);
    layers->push_back(torch::nn::Linear(width, next));
    width = next;
  }
}

torch::Tensor MlpImpl::forward(const torch::Tensor& x, Taps* taps) {
  auto h = x.flatten(1);
  TORCH_CHECK(h.size(1) == options.in(), "the MLP takes ", options.in(), " values per example, got ", x.sizes());
  h = vib::dropout(h, options.input_dropout(), is_training());
  for (std::size_t i = 0; i < layers->size(); ++i) {
    h = activate(layers[i]->as<torch::nn::LinearImpl>()->forward(h), options.activation());
    tap(taps, "hidden." + std::to_string(i), h);
    h = vib::dropout(h, options.dropout(), is_training());
  }
  return h;
}

}  // namespace vib
