#include "vib/core/device.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <fmt/format.h>
#include <torch/cuda.h>

#include "vib/core/error.h"

namespace vib {

torch::Device resolve_device(const std::string& name) {
  const auto cuda_devices = static_cast<int>(torch::cuda::device_count());
  if (name == "auto") return cuda_devices > 0 ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
  if (name == "cpu") return torch::kCPU;

  const bool indexed = name.rfind("cuda:", 0) == 0 && name.size() > 5 && name.size() < 9 &&
                       name.find_first_not_of("0123456789", 5) == std::string::npos;
  if (name != "cuda" && !indexed)
    throw Error(fmt::format("device: \"{}\" is not a device; allowed: auto, cpu, cuda, cuda:N", name));
  if (!at::detail::getCUDAHooks().hasCUDART())  // not hasCUDA(), which wants a device too
    throw Error(fmt::format(
        "device: {} was asked for, but this LibTorch is a CPU build; use device=cpu, or link a CUDA build of LibTorch",
        name));
  if (cuda_devices == 0)
    throw Error(
        fmt::format("device: {} was asked for, and this LibTorch has CUDA, but the machine shows no CUDA "
                    "device (is the driver loaded? is CUDA_VISIBLE_DEVICES empty?); use device=cpu",
                    name));
  const int index = indexed ? std::stoi(name.substr(5)) : 0;
  if (index >= cuda_devices)
    throw Error(fmt::format("device: {} was asked for, but the machine has cuda:0 to cuda:{}", name, cuda_devices - 1));
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

torch::Generator default_generator(torch::Device device) { return at::globalContext().defaultGenerator(device); }

torch::Generator make_generator(torch::Device device, std::uint64_t seed) {
  // Not a copy of the default one, which another thread may be drawing from.
  if (device.is_cpu()) return at::detail::createCPUGenerator(seed);
  auto generator = default_generator(device).clone();
  generator.set_current_seed(seed);
  return generator;
}

DefaultGeneratorGuard::DefaultGeneratorGuard(torch::Device device) {
  states_.emplace_back(torch::kCPU, default_generator(torch::kCPU).get_state());
  if (!device.is_cpu()) states_.emplace_back(device, default_generator(device).get_state());
}

DefaultGeneratorGuard::~DefaultGeneratorGuard() {
  for (const auto& [device, state] : states_) default_generator(device).set_state(state);
}

bool has_fast_bfloat16(torch::Device device) {
#if defined(__x86_64__) && defined(__GNUC__)
  return !device.is_cpu() || __builtin_cpu_supports("avx512bf16");
#else
  static_cast<void>(device);
  return true;
#endif
}

}  // namespace vib
