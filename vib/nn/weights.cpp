#include "vib/nn/weights.h"

#include <utility>

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

ParameterSwap::ParameterSwap(std::vector<torch::Tensor> parameters, const std::vector<torch::Tensor>& replacements)
    : parameters_(std::move(parameters)) {
  TORCH_CHECK(parameters_.size() == replacements.size(), "one replacement per parameter, please: ", parameters_.size(),
              " against ", replacements.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    originals_.push_back(parameters_[i].detach());
    parameters_[i].mutable_grad().reset();
    parameters_[i].set_data(replacements[i]);
  }
}

ParameterSwap::~ParameterSwap() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    parameters_[i].mutable_grad().reset();
    parameters_[i].set_data(originals_[i]);
  }
}

}  // namespace vib
