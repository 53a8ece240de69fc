#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// "auto" (CUDA where there is one, else the CPU), "cpu", "cuda" or "cuda:N" -> a device that exists here. Throws
/// vib::Error that says whether this LibTorch was built without CUDA or the machine has no such device.
VIB_API torch::Device resolve_device(const std::string& name);

/// A generator of its own on `device`, independent of LibTorch's default one.
VIB_API torch::Generator make_generator(torch::Device device, std::uint64_t seed);

/// LibTorch's default generator on `device`, which layers such as dropout draw from.
VIB_API torch::Generator default_generator(torch::Device device);

/// Gives LibTorch's default generators, the CPU's and `device`'s, back the states that they had when this was made.
class VIB_API DefaultGeneratorGuard {
 public:
  explicit DefaultGeneratorGuard(torch::Device device);
  ~DefaultGeneratorGuard();
  DefaultGeneratorGuard(const DefaultGeneratorGuard&) = delete;
  DefaultGeneratorGuard& operator=(const DefaultGeneratorGuard&) = delete;

 private:
  std::vector<std::pair<torch::Device, torch::Tensor>> states_;
};

/// Whether bfloat16 matrix products pay on `device`. A processor without instructions for them (AVX512_BF16, which AMX
/// comes with) emulates them at a hundredth of float32's speed. True where that is not known.
VIB_API bool has_fast_bfloat16(torch::Device device);

}  // namespace vib
