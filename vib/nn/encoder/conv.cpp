#include "vib/nn/encoder/conv.h"

#include <torch/nn/modules/conv.h>

#include "vib/nn/dropout.h"

namespace vib {

std::int64_t ConvEncoderOptions::flattened() const {
  auto height = height_, width = width_;
  for (std::size_t i = 0; i < channels_.size(); ++i) height /= 2, width /= 2;
  return (channels_.empty() ? channels_in_ : channels_.back()) * height * width;
}

ConvEncoderImpl::ConvEncoderImpl(ConvEncoderOptions options) : options(std::move(options)) { reset(); }

void ConvEncoderImpl::reset() {
  TORCH_CHECK(options.flattened() >= 1, "a ", options.height(), "x", options.width(), " image is halved to nothing by ",
              options.channels().size(), " poolings: use fewer channels entries");
  convolutions = register_module("convolutions", torch::nn::ModuleList());
  auto channels = options.channels_in();
  for (const auto next : options.channels()) {
    convolutions->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(channels, next, 3).padding(1)));
    channels = next;
  }
  dense = register_module("dense", Mlp(MlpOptions(options.flattened())
                                           .hidden(options.hidden())
                                           .activation(options.activation())
                                           .dropout(options.dropout())));
}

torch::Tensor ConvEncoderImpl::forward(const torch::Tensor& images, Taps* taps) {
  TORCH_CHECK(images.dim() == 4 && images.size(1) == options.channels_in(),
              "the convolutional encoder takes images of [B, ", options.channels_in(), ", ", options.height(), ", ",
              options.width(), "], got ", images.sizes());
  auto h = vib::dropout(images, options.input_dropout(), is_training());
  for (std::size_t i = 0; i < convolutions->size(); ++i) {
    const auto filtered = convolutions[i]->as<torch::nn::Conv2dImpl>()->forward(h);
    h = at::max_pool2d(activate(filtered, options.activation()), {2, 2});
    tap(taps, "pool." + std::to_string(i), h);
  }
  return dense->forward(h, taps);
}

}  // namespace vib
