#pragma once

#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// A module that holds parameters or buffers in members of its own and wants to be trained as replicas. It says where
/// they are, so that for the time of a forward pass they can hold those of all replicas at once:
///
///     struct ScaleImpl : torch::nn::Cloneable<ScaleImpl>, vib::Replicable {
///       void reset() override { scale = register_parameter("scale", torch::ones({4})); }
///       torch::Tensor forward(const torch::Tensor& x) { return x * scale; }
///       std::vector<torch::Tensor*> tensor_members() override { return {&scale}; }
///       torch::Tensor scale;
///     };
///
/// LibTorch's own layers need not; and a module made of them alone has no tensors of its own.
class VIB_API Replicable {
 public:
  virtual ~Replicable() = default;
  /// The members that hold the module's own registered tensors, not its children's. The forward pass reads these
  /// members, not `parameters()`.
  virtual std::vector<torch::Tensor*> tensor_members() = 0;
};

}  // namespace vib
