#include "vib/train/precision.h"

#include <unordered_set>

#include <ATen/autocast_mode.h>

#include "vib/nn/matrix_weights.h"

namespace vib {

AutocastGuard::AutocastGuard(torch::Device device, Precision precision)
    : device_(device.type()), active_(precision == Precision::kBfloat16) {
  if (!active_) return;
  was_enabled_ = at::autocast::is_autocast_enabled(device_);
  was_dtype_ = at::autocast::get_autocast_dtype(device_);
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, torch::kBFloat16);
}

AutocastGuard::~AutocastGuard() {
  if (!active_) return;
  at::autocast::clear_cache();  // or the next forward pass would use this step's casts
  at::autocast::set_autocast_dtype(device_, was_dtype_);
  at::autocast::set_autocast_enabled(device_, was_enabled_);
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

WorkingWeights::WorkingWeights(const torch::nn::Module& module, Precision precision) {
  std::unordered_set<const void*> matrices;
  for (const auto& child : module.modules())
    if (const auto layer = matrix_layer(*child)) matrices.insert(layer->weight.unsafeGetTensorImpl());

  for (const auto& parameter : module.parameters()) {
    masters_.push_back(parameter.detach());
    const bool reduced = precision == Precision::kBfloat16 && matrices.contains(parameter.unsafeGetTensorImpl());
    working_.push_back(reduced ? masters_.back().to(torch::kBFloat16) : masters_.back());
  }
}

void WorkingWeights::refresh() {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < masters_.size(); ++i)
    if (!working_[i].is_same(masters_[i])) working_[i].copy_(masters_[i]);
}

}  // namespace vib
