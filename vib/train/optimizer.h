#pragma once

#include <string>
#include <utility>
#include <vector>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/core/tensor_file.h"
#include "vib/train/precision.h"
#include "vib/train/weight_average.h"

namespace vib {

enum class UpdateRule { kAdam, kAdamW, kSgd };

/// Which update, and its constants.
struct OptimizerOptions {
  /// Kingma & Ba (2015), Loshchilov & Hutter (2019), or SGD with momentum. Default: kAdam.
  TORCH_ARG(UpdateRule, type) = UpdateRule::kAdam;
  /// Adam, AdamW: decay of the two moments. Default: 0.9, 0.999.
  using Betas = std::pair<double, double>;
  TORCH_ARG(Betas, betas) = {0.9, 0.999};
  /// Adam, AdamW: added to the root of the second moment. Default: 1e-8.
  TORCH_ARG(double, eps) = 1e-8;
  /// L2 penalty (Adam, SGD) or decoupled decay (AdamW). Default: 0.
  TORCH_ARG(double, weight_decay) = 0;
  /// SGD. Default: 0.9.
  TORCH_ARG(double, momentum) = 0.9;
  /// SGD: Nesterov's form of the momentum. Default: false.
  TORCH_ARG(bool, nesterov) = false;
  /// The gradient is scaled down to at most this Euclidean norm; 0 leaves it alone. Default: 0.
  TORCH_ARG(double, clip_norm) = 0;
};

/// Adam, AdamW or SGD on LibTorch's fused kernels: one call for all parameters, on the CPU as on CUDA.
/// The learning rate is the caller's, step by step; nothing here keeps a schedule.
class VIB_API Optimizer {
 public:
  /// `parameters`: float32 or float64 tensors that `step` changes in place. With `replicas` above 1 they are stacks
  /// `[R, ...]` of as many models, whose gradients are clipped each by its own norm.
  Optimizer(std::vector<torch::Tensor> parameters, OptimizerOptions options, std::int64_t replicas = 1);

  /// One update by `gradients`, one per parameter and of its type; a parameter whose gradient is undefined stays as it
  /// is, as in PyTorch. `learning_rate`: one number on the parameters' device, float32 on CUDA. Clipping does not
  /// synchronise the device.
  void step(const std::vector<torch::Tensor>& gradients, const torch::Tensor& learning_rate);
  void step(const std::vector<torch::Tensor>& gradients, double learning_rate);

  /// The same, and after it `average.blend()` and `weights.refresh()`, in one pass over memory where there is one:
  /// Adam and AdamW on the CPU, without clipping. Gradients may be bfloat16 where the working weights are.
  void step(const std::vector<torch::Tensor>& gradients, const torch::Tensor& learning_rate, WeightAverage& average,
            WorkingWeights& weights);

  /// What the weight decay costs, ½ λ Σ w² over the parameters that have been updated: one number for each replica,
  /// `[R]`. Its gradient λ w is the L2 penalty's part of a step; decoupled decay takes lr λ w off a weight instead.
  torch::Tensor decay_cost() const;

  /// Everything a bit-exact continuation needs, by name.
  TensorMap state() const;
  /// Throws vib::StateError where the state is another optimiser's or another model's.
  void load_state(const TensorMap& state, const std::string& source);

 private:
  bool can_pass(const std::vector<torch::Tensor>& gradients, const WorkingWeights& weights) const;

  std::vector<torch::Tensor> parameters_;
  OptimizerOptions options_;
  std::int64_t replicas_;
  std::vector<torch::Tensor> first_moments_;   // SGD: the momentum buffers, none without momentum
  std::vector<torch::Tensor> second_moments_;  // SGD: none
  std::vector<torch::Tensor> steps_;           // 0-dim float32, as the fused kernels want them
};

}  // namespace vib
