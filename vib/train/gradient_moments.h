#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/core/tensor_file.h"
#include "vib/nn/replicas.h"

namespace vib {

/// How a layer's gradient g_t behaved over T steps: what the batches agree on, and how far they part.
struct LayerGradient {
  std::string layer;          ///< the module whose weight it is: "backbone.layers.0"
  double mean_norm = 0;       ///< ‖m‖ with m = (1/T) Σ_t g_t, in nats
  double deviation_norm = 0;  ///< ‖s‖ with s² = (1/T) Σ_t (g_t - m)², element by element, in nats
};

/// Sums of the gradients of every weight that is a matrix or more, for R models. In float64: the two sums nearly cancel
/// where the gradient is steady.
class VIB_API GradientMoments {
 public:
  explicit GradientMoments(const Replicas& replicas);

  /// `gradients`: one per parameter, shaped as `Replicas::parameters()`; undefined ones count as 0.
  void add(const std::vector<torch::Tensor>& gradients);
  /// Of one model, in the order of its parameters. Waits for the device.
  std::vector<LayerGradient> layers(std::int64_t replica) const;

  TensorMap state() const;
  /// Throws vib::StateError where it is another model's.
  void load_state(const TensorMap& state, const std::string& source);

 private:
  struct Sums {
    std::string layer;
    std::size_t parameter;
    torch::Tensor first, second;  // [R, ...]
  };
  std::vector<Sums> sums_;
  std::int64_t steps_ = 0;
};

}  // namespace vib
