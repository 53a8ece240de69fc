#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/arg.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/nn/taps.h"

namespace vib {

enum class Activation { kRelu, kGelu, kSilu, kTanh };

VIB_API torch::Tensor activate(const torch::Tensor& x, Activation activation);

/// Widths of the network.
struct MlpOptions {
  explicit MlpOptions(std::int64_t in) : in_(in) {}

  /// Width of the flattened input.
  TORCH_ARG(std::int64_t, in);
  /// Widths of the hidden layers, each followed by the activation. Default: none.
  TORCH_ARG(std::vector<std::int64_t>, hidden) = {};
  /// Default: kRelu.
  TORCH_ARG(Activation, activation) = Activation::kRelu;
  /// Share of each hidden layer's units that are dropped in training (Srivastava et al. 2014). Default: 0.
  TORCH_ARG(double, dropout) = 0;
  /// The same of the input's values. Default: 0.
  TORCH_ARG(double, input_dropout) = 0;

 public:
  /// Width of the output: the last hidden layer's, or the input's where there is none.
  std::int64_t features() const { return hidden_.empty() ? in_ : hidden_.back(); }
};

/// A stack of linear layers, each followed by the activation. Shapes: `[B, ...]`, flattened to `[B, in]`, -> `[B, F]`.
class VIB_API MlpImpl : public torch::nn::Cloneable<MlpImpl> {
 public:
  explicit MlpImpl(MlpOptions options);

  void reset() override;
  /// `[B, ...]`, flattened to `[B, inputs]` -> features `[B, F]`. Taps: "hidden.0", "hidden.1", ...
  torch::Tensor forward(const torch::Tensor& x, Taps* taps = nullptr);

  MlpOptions options;
  torch::nn::ModuleList layers{nullptr};
};
TORCH_MODULE(Mlp);

}  // namespace vib
