#include "vib/nn/dropout.h"

#include <utility>

namespace vib {
namespace {

thread_local const MaskSource::Draw* current_draw = nullptr;

}  // namespace

MaskSource::MaskSource(Draw draw) : draw_(std::move(draw)), before_(current_draw) { current_draw = &draw_; }
MaskSource::~MaskSource() { current_draw = before_; }

torch::Tensor dropout(const torch::Tensor& x, double p, bool training) {
  if (!training || p <= 0) return x;
  return current_draw != nullptr ? x * (*current_draw)(x, 1 - p) : at::dropout(x, p, /*train=*/true);
}

}  // namespace vib
