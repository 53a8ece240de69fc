#include "vib/nn/encoder/window_kernels.h"

#include <algorithm>
#include <limits>

// Plain loops that the compiler turns into vector code; on x86-64 for several instruction sets, of which the processor
// picks one. That is before the thread sanitizer is up, which then crashes.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define VIB_FOR_EACH_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VIB_FOR_EACH_CPU
#endif
#define VIB_INLINE inline __attribute__((always_inline))

namespace vib {
namespace {

VIB_INLINE float widened(c10::BFloat16 x) { return __builtin_bit_cast(float, static_cast<std::uint32_t>(x.x) << 16); }
VIB_INLINE float widened(float x) { return x; }
VIB_INLINE double widened(double x) { return x; }

template <typename T, typename Value>
VIB_INLINE void best(const WindowShape& s, const T* table, const std::int32_t* rows, std::int32_t padding,
                     Value* __restrict values, std::int32_t* __restrict positions, Value* __restrict scratch) {
  std::fill_n(values, s.filters, -std::numeric_limits<Value>::infinity());
  std::fill_n(positions, s.filters, -1);
  std::int64_t padded = 0;  // how many tokens up to here are padding
  for (std::int64_t end = 1; end <= s.length; ++end) {
    padded = rows[end - 1] == padding ? padded + 1 : 0;
    const auto begin = end - s.width;
    if (begin < 0 || padded >= s.width) continue;
    std::fill_n(scratch, s.filters, Value(0));
    for (std::int64_t k = 0; k < s.width; ++k) {
      const T* __restrict part = table + (rows[begin + k] * s.width + k) * s.filters;
      for (std::int64_t f = 0; f < s.filters; ++f) scratch[f] += widened(part[f]);
    }
    const auto position = static_cast<std::int32_t>(begin);
    for (std::int64_t f = 0; f < s.filters; ++f) {
      const bool better = !(scratch[f] <= values[f]) & (values[f] == values[f]);
      values[f] = better ? scratch[f] : values[f];
      positions[f] = better ? position : positions[f];
    }
  }
}

template <typename T>
VIB_INLINE void gradients(const WindowShape& s, const T* gradient, const std::int64_t* positions,
                          const std::int64_t* tokens, const T* words, const T* weight, T* words_gradient,
                          T* weight_gradient) {
  for (std::int64_t f = 0; f < s.filters; ++f) {
    for (std::int64_t b = 0; b < s.batch; ++b) {
      const T g = gradient[b * s.filters + f];
      const auto position = positions[b * s.filters + f];
      if (g == 0 || position < 0) continue;
      for (std::int64_t k = 0; k < s.width; ++k) {
        const auto token = tokens[b * s.length + position + k];
        const T* __restrict word = words + token * s.embedding;
        const T* __restrict w = weight + (f * s.width + k) * s.embedding;
        T* __restrict word_gradient = words_gradient + token * s.embedding;
        T* __restrict w_gradient = weight_gradient + (f * s.width + k) * s.embedding;
        for (std::int64_t e = 0; e < s.embedding; ++e) {
          w_gradient[e] += g * word[e];
          word_gradient[e] += g * w[e];
        }
      }
    }
  }
}

}  // namespace

#define VIB_BEST_WINDOWS(T, Value)                                                                                   \
  VIB_FOR_EACH_CPU void best_windows(const WindowShape& shape, const T* table, const std::int32_t* rows,             \
                                     std::int32_t padding, Value* values, std::int32_t* positions, Value* scratch) { \
    best(shape, table, rows, padding, values, positions, scratch);                                                   \
  }
VIB_BEST_WINDOWS(float, float)
VIB_BEST_WINDOWS(double, double)
VIB_BEST_WINDOWS(c10::BFloat16, float)
#undef VIB_BEST_WINDOWS

#define VIB_WINDOW_GRADIENTS(T)                                                                                      \
  VIB_FOR_EACH_CPU void window_gradients(const WindowShape& shape, const T* gradient, const std::int64_t* positions, \
                                         const std::int64_t* tokens, const T* words, const T* weight,                \
                                         T* words_gradient, T* weight_gradient) {                                    \
    gradients(shape, gradient, positions, tokens, words, weight, words_gradient, weight_gradient);                   \
  }
VIB_WINDOW_GRADIENTS(float)
VIB_WINDOW_GRADIENTS(double)
#undef VIB_WINDOW_GRADIENTS

}  // namespace vib
