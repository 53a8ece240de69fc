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

/// A mean rate that is asked for, E[R] = target, by the same in log β: after each step
///
///     log β <- log β + α clip( (R - target) / target, -0.1, 0.1 )
///
/// with R a running mean over the steps, of which the last counts a tenth. Each step changes β by a share of
/// itself, whatever the target, the network and the β that it takes: the default α serves all of them. Far from the
/// target that share is the same everywhere, 1 % by the default, since a network needs some steps to answer. β stays
/// between 1e-8 and 1e8. An epoch has arrived within 2 % of the target.
struct LogDualOptions {
  /// `target`: the mean rate, in nats, above 0.
  explicit LogDualOptions(double target) : target_(target) {}

  TORCH_ARG(double, target);
  /// α, the change of log β per step and relative excess of the rate. Default: 0.1.
  TORCH_ARG(double, step) = 0.1;
  /// β of the first step, above 0. Default: 1e-3.
  TORCH_ARG(double, initial) = 1e-3;
};

/// Throws c10::Error unless target, step and initial are finite, step above 0, the others at least 0.
VIB_API std::shared_ptr<BetaController> dual_controller(const DualOptions& options, torch::Device device);
/// Throws c10::Error unless target, step and initial are finite and above 0.
VIB_API std::shared_ptr<BetaController> dual_controller(const LogDualOptions& options, torch::Device device);

}  // namespace vib
