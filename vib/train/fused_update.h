#pragma once

#include <torch/types.h>

namespace vib {

/// The numbers of one step of Adam (Kingma & Ba, 2015) or AdamW (Loshchilov & Hutter, 2019).
struct AdamStep {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool decoupled = false;  ///< AdamW: the decay scales the weight, and is no part of the gradient
  double step = 1;         ///< of this update, from 1
};

/// Whether `adam_pass` can take these: on the CPU, contiguous, float32, the gradient float32 or bfloat16.
bool can_pass(const torch::Tensor& weight, const torch::Tensor& gradient);

/// One pass over memory for what is otherwise four: the moments and the weight; the sum of its moving average,
/// s <- d s + (1 - d) w, where `sum` is defined; and its bfloat16 copy, where `copy` is defined. The gradient is read
/// in the type that it has. All in place, in the threads of LibTorch's pool.
void adam_pass(const torch::Tensor& weight, const torch::Tensor& gradient, const torch::Tensor& first,
               const torch::Tensor& second, const AdamStep& step, const torch::Tensor& sum, double decay,
               const torch::Tensor& copy);

}  // namespace vib
