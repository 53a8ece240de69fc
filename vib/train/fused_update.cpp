#include "vib/train/fused_update.h"

#include <cmath>
#include <cstdint>

#include <ATen/Parallel.h>

// This file is compiled with OpenMP (so that at::parallel_for uses LibTorch's threads) and without errno in sqrt, for
// plain loops that the compiler turns into vector code; on x86-64 for several instruction sets, of which the processor
// picks one. That is before the thread sanitizer is up, which then crashes.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define VIB_FOR_EACH_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VIB_FOR_EACH_CPU
#endif

namespace vib {
namespace {

// Large enough that starting threads does not show, small enough to share a layer out evenly.
constexpr std::int64_t kGrain = 1 << 15;

struct Coefficients {
  float decay_factor;  // of the weight, AdamW
  float penalty;       // of the weight in the gradient, Adam
  float keep1, take1, keep2, take2;
  float step_size;
  float root_scale;  // of sqrt(v)
  float eps;
  float average_take;
};

Coefficients coefficients(const AdamStep& s, double average_decay) {
  const double correction1 = 1 - std::pow(s.beta1, s.step), correction2 = 1 - std::pow(s.beta2, s.step);
  return {.decay_factor = static_cast<float>(s.decoupled ? 1 - s.learning_rate * s.weight_decay : 1),
          .penalty = static_cast<float>(s.decoupled ? 0 : s.weight_decay),
          .keep1 = static_cast<float>(s.beta1),
          .take1 = static_cast<float>(1 - s.beta1),
          .keep2 = static_cast<float>(s.beta2),
          .take2 = static_cast<float>(1 - s.beta2),
          .step_size = static_cast<float>(s.learning_rate / correction1),
          .root_scale = static_cast<float>(1 / std::sqrt(correction2)),
          .eps = static_cast<float>(s.eps),
          .average_take = static_cast<float>(1 - average_decay)};
}

float as_float(float x) { return x; }
float as_float(std::uint16_t bfloat16) {
  const std::uint32_t bits = static_cast<std::uint32_t>(bfloat16) << 16;
  return __builtin_bit_cast(float, bits);
}

// To the nearest, ties to even, as LibTorch rounds. NaN stays NaN.
std::uint16_t as_bfloat16(float x) {
  const auto bits = __builtin_bit_cast(std::uint32_t, x);
  const std::uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return static_cast<std::uint16_t>(x != x ? 0x7fc0 : rounded);
}

// `Sum` and `Copy` say at compile time what follows the weight, so that the loop has no branch.
template <typename Gradient, bool Sum, bool Copy>
inline __attribute__((always_inline)) void pass(std::int64_t n, float* __restrict w, const Gradient* __restrict g,
                                                float* __restrict m, float* __restrict v, float* __restrict sum,
                                                std::uint16_t* __restrict copy, const Coefficients& c) {
  for (std::int64_t i = 0; i < n; ++i) {
    float weight = w[i] * c.decay_factor;
    const float gradient = as_float(g[i]) + c.penalty * weight;
    const float first = c.keep1 * m[i] + c.take1 * gradient;
    const float second = c.keep2 * v[i] + c.take2 * gradient * gradient;
    weight -= c.step_size * first / (std::sqrt(second) * c.root_scale + c.eps);
    m[i] = first;
    v[i] = second;
    w[i] = weight;
    if constexpr (Sum) sum[i] += c.average_take * (weight - sum[i]);
    if constexpr (Copy) copy[i] = as_bfloat16(weight);
  }
}

#define VIB_PASS(name, gradient, with_sum, with_copy)                                                     \
  VIB_FOR_EACH_CPU void name(std::int64_t n, float* w, const gradient* g, float* m, float* v, float* sum, \
                             std::uint16_t* copy, const Coefficients& c) {                                \
    pass<gradient, with_sum, with_copy>(n, w, g, m, v, sum, copy, c);                                     \
  }
VIB_PASS(pass_float, float, false, false)
VIB_PASS(pass_float_sum, float, true, false)
VIB_PASS(pass_bfloat16_copy, std::uint16_t, false, true)
VIB_PASS(pass_bfloat16_sum_copy, std::uint16_t, true, true)
#undef VIB_PASS

template <typename T>
T* data(const torch::Tensor& tensor) {
  return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

template <typename T>
T* moved(T* pointer, std::int64_t by) {
  return pointer == nullptr ? nullptr : pointer + by;
}

}  // namespace

bool can_pass(const torch::Tensor& weight, const torch::Tensor& gradient) {
  return weight.is_cpu() && weight.is_contiguous() && gradient.is_contiguous() &&
         weight.scalar_type() == torch::kFloat32 &&
         (gradient.scalar_type() == torch::kFloat32 || gradient.scalar_type() == torch::kBFloat16);
}

void adam_pass(const torch::Tensor& weight, const torch::Tensor& gradient, const torch::Tensor& first,
               const torch::Tensor& second, const AdamStep& step, const torch::Tensor& sum, double decay,
               const torch::Tensor& copy) {
  const bool reduced = gradient.scalar_type() == torch::kBFloat16;
  TORCH_CHECK(can_pass(weight, gradient) && reduced == copy.defined(), "no single pass for these tensors");
  const auto c = coefficients(step, decay);
  auto* w = data<float>(weight);
  auto* m = data<float>(first);
  auto* v = data<float>(second);
  auto* s = data<float>(sum);
  auto* b = data<std::uint16_t>(copy);
  at::parallel_for(0, weight.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    const auto n = end - begin;
    if (reduced) {
      const auto* g = data<const std::uint16_t>(gradient) + begin;
      auto* run = s != nullptr ? pass_bfloat16_sum_copy : pass_bfloat16_copy;
      run(n, w + begin, g, m + begin, v + begin, moved(s, begin), b + begin, c);
    } else {
      const auto* g = data<const float>(gradient) + begin;
      auto* run = s != nullptr ? pass_float_sum : pass_float;
      run(n, w + begin, g, m + begin, v + begin, moved(s, begin), nullptr, c);
    }
  });
}

}  // namespace vib
