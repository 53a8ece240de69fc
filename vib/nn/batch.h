#pragma once

#include <functional>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/core/tensor_file.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// What a function of one model is given.
struct Batch {
  torch::Tensor x;      ///< inputs as the network takes them, `[B, ...]`
  torch::Tensor y;      ///< targets as the likelihood takes them, `[B]` or `[B, D]`; undefined where there are none
  torch::Tensor noise;  ///< ε `[M, B, K]`; undefined for a deterministic model
  torch::Tensor units = {};  ///< of values that are standardised, their scales over the root mean square of these,
                             ///< `[D]`: what a mistake in each counts; undefined: all the same
};

/// Anything that one model says of a batch: named tensors `[B, ...]`. It is written for a single model, and
/// Replicas::map runs it on several at once.
using ModelFunction = std::function<TensorMap(VibModelImpl& model, const Batch& batch)>;

}  // namespace vib
