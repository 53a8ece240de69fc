#pragma once

#include <vector>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/core/tensor_file.h"

namespace vib {

/// Every parameter and buffer of `module`, by name, as copies on the CPU: what `weights.pt` holds.
VIB_API TensorMap copy_weights(const torch::nn::Module& module);

/// Puts `weights` into `module`. Throws vib::StateError that lists every missing, unexpected, misshapen or mistyped
/// name, and then changes nothing; `source` names the file in that message.
VIB_API void load_weights(torch::nn::Module& module, const TensorMap& weights, const std::string& source);

/// While it lives, the module's parameters hold other tensors' data: an average to be evaluated, or copies in another
/// precision. Restores the old data, and drops gradients on the way in and out, since their type may differ.
class VIB_API ParameterSwap {
 public:
  ParameterSwap(std::vector<torch::Tensor> parameters, const std::vector<torch::Tensor>& replacements);
  ~ParameterSwap();
  ParameterSwap(const ParameterSwap&) = delete;
  ParameterSwap& operator=(const ParameterSwap&) = delete;

 private:
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> originals_;
};

}  // namespace vib
