#pragma once

#include <memory>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/core/numbers.h"
#include "vib/core/tensor_file.h"

namespace vib {

/// A β that answers to training instead of following the clock. One for each model; its numbers live on the device.
class VIB_API BetaController {
 public:
  virtual ~BetaController() = default;

  /// β of the next step: one float32 number on the device, in a tensor that keeps its place.
  virtual torch::Tensor beta() const = 0;
  /// After each step: brings β up to date, in place. `means`: of the step's terms over the batch, in nats, by the
  /// objective's names, one number each on the device. Nothing may be read on the host: a CUDA graph replays this.
  virtual void update(const TensorMap& means) = 0;
  /// The tensors that it needs to go on, by name: themselves, not copies. They are saved, and restored in place.
  virtual TensorMap state() const = 0;
  /// Whether β is where it is meant to be, so that an epoch with these training numbers may be chosen as the best one.
  virtual bool arrived(const Numbers& /*train*/) const { return true; }
};

/// A constraint on the rate by dual ascent, E[R] <= target: after each step
///
///     β <- max(0, β + α (R - target))
///
/// with the batch's mean rate R, or what is priced in its place (vib/objective/priced.h). Peng et al. (2019),
/// Variational discriminator bottleneck, eq. 8.
struct DualOptions {
  /// `target`: the largest mean rate, in nats.
  explicit DualOptions(double target) : target_(target) {}

  TORCH_ARG(double, target);
  /// α, β's change per step and nat. Default: 1e-4.
  TORCH_ARG(double, step) = 1e-4;
  /// β of the first step. Default: 0.
  TORCH_ARG(double, initial) = 0;
};

/// Throws c10::Error unless target, step and initial are finite, step above 0, the others at least 0.
VIB_API std::shared_ptr<BetaController> dual_controller(const DualOptions& options, torch::Device device);

}  // namespace vib
