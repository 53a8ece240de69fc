#include "vib/train/precision.h"

#include <utility>

#include <ATen/autocast_mode.h>

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

WorkingWeights::WorkingWeights(std::vector<torch::Tensor> masters, const std::vector<bool>& matrices,
                               Precision precision)
    : masters_(std::move(masters)) {
  for (std::size_t i = 0; i < masters_.size(); ++i) {
    const bool reduced = precision == Precision::kBfloat16 && matrices[i];
    working_.push_back(reduced ? masters_[i].to(torch::kBFloat16) : masters_[i]);
  }
}

void WorkingWeights::refresh() {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < masters_.size(); ++i)
    if (!working_[i].is_same(masters_[i])) working_[i].copy_(masters_[i]);
}

}  // namespace vib
