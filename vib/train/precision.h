#pragma once

#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

enum class Precision {
  kFloat32,
  kBfloat16,  ///< matrix products in bfloat16; weights, optimiser, μ, σ, rate and cross-entropy stay float32
};

/// While it lives, matrix products run in bfloat16 on `device` (LibTorch's autocast; it has no C++ guard of its own).
/// Nothing happens for kFloat32.
class VIB_API AutocastGuard {
 public:
  /// Matrix products in `precision` on `device` from here to the end of the scope.
  AutocastGuard(torch::Device device, Precision precision);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  torch::DeviceType device_;
  bool active_;
  bool was_enabled_ = false;
  torch::ScalarType was_dtype_ = torch::kFloat32;
};

/// The weights a training step computes with, beside the float32 masters that the optimiser owns. In float32 they are
/// the same tensors. In bfloat16 the weights of matrix products are kept as bfloat16 copies that `refresh` brings up to
/// date after each update, instead of a cast of every weight in every forward pass.
class VIB_API WorkingWeights {
 public:
  /// `matrices`: which of `masters` are weights of matrix products.
  WorkingWeights(std::vector<torch::Tensor> masters, const std::vector<bool>& matrices, Precision precision);

  const std::vector<torch::Tensor>& masters() const { return masters_; }
  /// The tensors to compute with, one per master.
  const std::vector<torch::Tensor>& working() const { return working_; }
  /// working <- masters, where they differ.
  void refresh();

 private:
  std::vector<torch::Tensor> masters_;
  std::vector<torch::Tensor> working_;
};

}  // namespace vib
