#include <memory>
#include <string>
#include <thread>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include "apps/vib/commands.h"
#include "apps/vib/say.h"
#include "vib/core/device.h"
#include "vib/core/json.h"
#include "vib/experiment/build.h"
#include "vib/version.h"

namespace vib::app {
namespace {

Json examine() {
  Json facts;
  facts["vib"] = kVersion;
  facts["torch"] = TORCH_VERSION;
  facts["torch_built_with_cuda"] = at::detail::getCUDAHooks().hasCUDART();
  facts["cuda_devices"] = torch::cuda::device_count();
  facts["cores"] = std::thread::hardware_concurrency();
  facts["threads"] = at::get_num_threads();
  facts["instruction_set"] = at::get_cpu_capability();
  facts["bfloat16_units"] = has_fast_bfloat16(torch::kCPU);
  facts["onednn"] = at::hasMKLDNN();
  facts["mkl"] = at::hasMKL();
  const auto root = data_folder("mnist");
  facts["mnist_folder"] = root.string();
  facts["mnist_found"] = std::filesystem::exists(root);
  return facts;
}

// What a person can do about what is missing.
std::string advice(const Json& facts) {
  std::string text;
  if (!facts["torch_built_with_cuda"])
    text += "  no CUDA: this LibTorch is a CPU build, so device=cuda is refused; link a CUDA build to use a GPU\n";
  else if (facts["cuda_devices"] == 0)
    text += "  no CUDA: the machine shows no CUDA device (driver? CUDA_VISIBLE_DEVICES?)\n";
  if (!facts["mnist_found"])
    text += fmt::format(
        "  no MNIST in {}: put its four IDX files there, or set data.root or VIB_DATA_DIR; "
        "configs/quickstart.yaml needs no data\n",
        facts["mnist_folder"].get<std::string>());
  if (facts["instruction_set"] == "DEFAULT")
    text += "  slow: LibTorch found neither AVX2 nor AVX-512 on this processor\n";
  if (!facts["bfloat16_units"])
    text += "  slow: no bfloat16 units in this processor (AVX512_BF16 or AMX); keep precision: float32 on it\n";
  return text.empty() ? "  nothing\n" : text;
}

int doctor(const Output& output) {
  const auto facts = examine();
  if (output.json) {
    fmt::print("{}\n", facts.dump(2));
    return kDone;
  }
  for (const auto& [key, value] : facts.items())
    fmt::print("{:<24}{}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  fmt::print("missing:\n{}", advice(facts));
  return kDone;
}

}  // namespace

void warn_of_slowness(const ExperimentConfig& config, const Output& output) {
  if (output.quiet || config.precision != Precision::kBfloat16) return;
  if (!has_fast_bfloat16(resolve_device(config.device)))
    say("vib: this processor has no bfloat16 units (AVX512_BF16 or AMX): precision=bfloat16 is many times slower "
        "than precision=float32 here\n");
}

void add_doctor(CLI::App& app, Run& run) {
  const auto output = std::make_shared<Output>();
  auto* command = app.add_subcommand("doctor", "versions, devices, threads, instruction sets, what is missing");
  add_output_flags(*command, *output);
  command->callback([output, &run] { run = [output] { return doctor(*output); }; });
}

}  // namespace vib::app
