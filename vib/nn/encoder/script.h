#pragma once

#include <filesystem>
#include <memory>

#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// A TorchScript module from a file (Python's `torch.jit.save`) as a frozen feature extractor: it maps `[B, ...]` to
/// features `[B, F]` in evaluation mode and passes no gradients. Its weights are no parameters of this module: they are
/// neither trained nor saved with a model, whose user keeps the file. Use it as a VibModel's backbone.
class VIB_API ScriptBackboneImpl : public torch::nn::Cloneable<ScriptBackboneImpl> {
 public:
  /// Throws vib::DataError where the file is not there, or is not TorchScript.
  explicit ScriptBackboneImpl(const std::filesystem::path& file);

  /// Throws vib::DataError where the script does not answer with one tensor.
  torch::Tensor forward(const torch::Tensor& x);

  void reset() override {}
  void to(torch::Device device, torch::Dtype dtype, bool non_blocking = false) override;
  void to(torch::Device device, bool non_blocking = false) override;
  void to(torch::Dtype dtype, bool non_blocking = false) override;

 private:
  struct Script;  // LibTorch's header for TorchScript is a large one
  std::filesystem::path file_;
  std::shared_ptr<const Script> script_;  // clones share it: nobody changes it
};
TORCH_MODULE(ScriptBackbone);

}  // namespace vib
