#pragma once

#include <torch/types.h>

namespace vib {

/// A convolution of embedded tokens and its maximum over time: for each example and filter the greatest
///
///     bias_f + sum_k words[token_{t+k}] · weight[f, :, k]
///
/// over the windows t that hold anything but padding (token 0); -inf where there is none. Shapes: words `[V, E]`,
/// weight `[F, E, W]`, bias `[F]` (all float32 or all float64), tokens `[B, L]` int64 with L >= W, -> `[B, F]`.
///
/// The gradient passes through the best window alone, the first of equals; there is no second derivative on the CPU.
/// There the convolution is tabulated: what each distinct token of the batch adds at each place of a window is one
/// matrix product (in bfloat16 under autocast), a window is a sum of W rows of the table, and the backward pass
/// touches B·F windows of B·L. Elsewhere it is LibTorch's convolution and maximum. LibTorch's vmap works on both.
/// Throws c10::Error for other shapes and types, and on the CPU for a token outside [0, V).
torch::Tensor window_max(const torch::Tensor& words, const torch::Tensor& weight, const torch::Tensor& bias,
                         const torch::Tensor& tokens);

}  // namespace vib
