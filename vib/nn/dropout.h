#pragma once

#include <functional>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// Dropout (Srivastava et al. 2014): in training a share `p` of x's values is set to 0 and the others are scaled by
/// 1 / (1 - p). Where a MaskSource lives on this thread its masks are used, which is how a Trainer gives every replica
/// the masks of its own seed; elsewhere they come from LibTorch's default generator, as those of torch::nn::Dropout do.
VIB_API torch::Tensor dropout(const torch::Tensor& x, double p, bool training);

/// While it lives, `dropout` on this thread takes its masks from `draw`: 0 or 1 / keep, of the shape and type of `x`.
class VIB_API MaskSource {
 public:
  using Draw = std::function<torch::Tensor(const torch::Tensor& x, double keep)>;

  explicit MaskSource(Draw draw);
  ~MaskSource();
  MaskSource(const MaskSource&) = delete;
  MaskSource& operator=(const MaskSource&) = delete;

 private:
  Draw draw_;
  const Draw* before_;
};

}  // namespace vib
