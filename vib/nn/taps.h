#pragma once

#include <string>
#include <utility>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/core/tensor_file.h"

namespace vib {

/// Hidden activations by name, as a forward pass hands them out. An encoder whose `forward` takes a `Taps*` beside its
/// input is asked for them where somebody listens; it is a null pointer otherwise:
///
///     torch::Tensor forward(const torch::Tensor& x, vib::Taps* taps = nullptr) {
///       const auto h = at::relu(layer->forward(x));
///       tap(taps, "hidden.0", h);
///
/// One activation per name, `[B, ...]`.
class VIB_API Taps {
 public:
  /// Names that follow begin with `prefix`: "encoder." makes "hidden.0" "encoder.hidden.0".
  void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }
  void add(const std::string& name, const torch::Tensor& activation) {
    activations_.insert(prefix_ + name, activation);
  }
  /// In the order of the pass.
  const TensorMap& activations() const { return activations_; }

 private:
  std::string prefix_;
  TensorMap activations_;
};

/// Hands `activation` out where somebody listens.
inline void tap(Taps* taps, const std::string& name, const torch::Tensor& activation) {
  if (taps != nullptr) taps->add(name, activation);
}

}  // namespace vib
