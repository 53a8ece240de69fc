#pragma once

#include <cstdint>

#include <c10/util/BFloat16.h>

namespace vib {

/// Sizes of a text convolution with a maximum over time, as its loops see them.
struct WindowShape {
  std::int64_t batch, length, width, filters, embedding;
};

/// The best windows of one example. `table` `[U, width, filters]` is what each distinct token adds at each place of a
/// window, `rows` `[length]` the tokens' rows in it, `padding` the row of the padding or -1. Writes the sums of the
/// best windows that hold anything but padding to `values` `[filters]` and where these begin to `positions` (the first
/// of equals; NaN beats everything); -inf and -1 where there is no such window. `scratch` has room for `filters`
/// values.
#define VIB_BEST_WINDOWS(T, Value)                                                                            \
  void best_windows(const WindowShape& shape, const T* table, const std::int32_t* rows, std::int32_t padding, \
                    Value* values, std::int32_t* positions, Value* scratch);
VIB_BEST_WINDOWS(float, float)
VIB_BEST_WINDOWS(double, double)
VIB_BEST_WINDOWS(c10::BFloat16, float)
#undef VIB_BEST_WINDOWS

/// Adds the gradients of a whole batch, given those of the values (`[batch, filters]`): to `weight` and its gradient
/// `[filters, width, embedding]` and to those of the words `[V, embedding]`.
#define VIB_WINDOW_GRADIENTS(T)                                                                         \
  void window_gradients(const WindowShape& shape, const T* gradient, const std::int64_t* positions,     \
                        const std::int64_t* tokens, const T* words, const T* weight, T* words_gradient, \
                        T* weight_gradient);
VIB_WINDOW_GRADIENTS(float)
VIB_WINDOW_GRADIENTS(double)
#undef VIB_WINDOW_GRADIENTS

}  // namespace vib
