#include "vib/nn/encoder/script.h"

#include <fmt/format.h>
#include <torch/script.h>

#include "vib/core/error.h"

namespace vib {

struct ScriptBackboneImpl::Script {
  torch::jit::Module module;
};

namespace {

torch::jit::Module load_script(const std::filesystem::path& file) try {
  if (!std::filesystem::is_regular_file(file)) throw DataError(fmt::format("{}: no such file", file.string()));
  auto module = torch::jit::load(file.string(), torch::kCPU);
  module.eval();
  return module;
} catch (const c10::Error& e) {
  throw DataError(fmt::format("{}: LibTorch cannot load it as TorchScript, which Python's torch.jit.save writes: {}",
                              file.string(), e.what_without_backtrace()));
}

}  // namespace

ScriptBackboneImpl::ScriptBackboneImpl(const std::filesystem::path& file)
    : file_(file), script_(std::make_shared<const Script>(Script{load_script(file)})) {}

torch::Tensor ScriptBackboneImpl::forward(const torch::Tensor& x) {
  torch::NoGradGuard no_grad;
  auto module = script_->module;  // a handle; running it is not const
  const auto features = module.forward({x});
  if (!features.isTensor())
    throw DataError(fmt::format("{}: answers with a {}, where a backbone gives one tensor [B, F]", file_.string(),
                                features.tagKind()));
  return features.toTensor();
}

// A moved copy, since clones may share the script.
void ScriptBackboneImpl::to(torch::Device device, bool non_blocking) {
  auto moved = script_->module.deepcopy();
  moved.to(device, non_blocking);
  script_ = std::make_shared<const Script>(Script{moved});
}

void ScriptBackboneImpl::to(torch::Device device, torch::Dtype, bool non_blocking) { to(device, non_blocking); }

void ScriptBackboneImpl::to(torch::Dtype, bool) {}  // the script keeps the types it was saved with

}  // namespace vib
