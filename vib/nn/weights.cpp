#include "vib/nn/weights.h"

namespace vib {
namespace {

TensorMap named_tensors(const torch::nn::Module& module) {
  TensorMap tensors = module.named_parameters();
  for (const auto& buffer : module.named_buffers()) tensors.insert(buffer.key(), buffer.value());
  return tensors;
}

}  // namespace

TensorMap copy_weights(const torch::nn::Module& module) {
  TensorMap copies;
  for (const auto& item : named_tensors(module))
    copies.insert(item.key(), item.value().detach().to(torch::kCPU, item.value().scalar_type(), false, true));
  return copies;
}

void load_weights(torch::nn::Module& module, const TensorMap& weights, const std::string& source) {
  torch::NoGradGuard no_grad;
  auto own = named_tensors(module);
  check_same_layout(own, weights, source);
  for (auto& item : own) item.value().copy_(weights[item.key()]);
}

}  // namespace vib
