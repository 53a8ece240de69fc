#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// What each step of an epoch saw, for each of R replicas: (distortion, rate, mistakes), means over the batch in nats,
/// nats and as Likelihood::mistakes counts them. Kept on the device, so that training never waits for a number, and
/// read in one go.
class VIB_API StepLog {
 public:
  enum Column { kDistortion, kRate, kMistakes, kColumns };

  StepLog() : StepLog(0, 1, torch::kCPU) {}
  StepLog(std::int64_t steps, std::int64_t replicas, torch::Device device)
      : rows_(torch::zeros({steps, replicas, kColumns}, torch::dtype(torch::kFloat32).device(device))) {}

  /// What one step saw, `[R, kColumns]`; from distortion and rate of `[R, B]`, mistakes of `[M, R, B]`.
  static torch::Tensor row(const torch::Tensor& distortion, const torch::Tensor& rate, const torch::Tensor& mistakes) {
    torch::NoGradGuard no_grad;
    return at::stack({distortion.mean(-1), rate.mean(-1), mistakes.to(torch::kFloat32).mean({0, 2})}, -1)
        .to(torch::kFloat32);
  }
  void record(std::int64_t step, const torch::Tensor& row) { rows_[step].copy_(row); }

  /// The first `steps` rows, `[steps, R, kColumns]` on the CPU. Waits for the device.
  torch::Tensor read(std::int64_t steps) const { return rows_.slice(0, 0, steps).cpu(); }
  /// Puts rows back that `read` gave.
  void restore(const torch::Tensor& rows) { rows_.slice(0, 0, rows.size(0)).copy_(rows); }

 private:
  torch::Tensor rows_;
};

}  // namespace vib
