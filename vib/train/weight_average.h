#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/core/tensor_file.h"

namespace vib {

/// The exponential moving average of the weights, with bias correction:
///
///     e_t = d e_{t-1} + (1 - d) w_t,  e_0 = 0;   average = e_t / (1 - d^t)
///
/// Without the correction an average with d = 0.999 is mostly its starting point for the first thousands of steps.
class VIB_API WeightAverage {
 public:
  /// `decay` in [0, 1); 0 follows the weights themselves.
  WeightAverage(std::vector<torch::Tensor> parameters, double decay);

  /// Whether there is an average: the decay is above 0.
  bool enabled() const { return decay_ > 0; }
  /// One update.
  void update() { blend(), count(); }
  /// Its two halves, the work on the device and the count of updates: a CUDA graph replays the first alone.
  void blend();
  void count() { updates_ += enabled() ? 1 : 0; }
  /// e_t, one per parameter; none where it is not enabled. For the optimiser, which may blend them itself.
  const std::vector<torch::Tensor>& sums() const { return sums_; }
  double decay() const { return decay_; }
  /// The corrected average, one tensor per parameter. Before the first update, and without an average: the parameters
  /// themselves.
  std::vector<torch::Tensor> average() const;

  TensorMap state() const;
  void load_state(const TensorMap& state, const std::string& source);

 private:
  std::vector<torch::Tensor> parameters_;
  double decay_;
  std::vector<torch::Tensor> sums_;
  std::int64_t updates_ = 0;
};

}  // namespace vib
