#include "vib/train/optimizer.h"

#include <optional>

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <fmt/format.h>

#include "vib/train/fused_update.h"

namespace vib {
namespace {

std::vector<torch::Tensor> zeros_like_all(const std::vector<torch::Tensor>& tensors) {
  std::vector<torch::Tensor> zeros;
  for (const auto& t : tensors) zeros.push_back(at::zeros_like(t));
  return zeros;
}

// The fused kernels divide gradients by this on their way in: clipping without a second pass or a synchronisation.
std::optional<torch::Tensor> clipping_divisor(const std::vector<torch::Tensor>& gradients, double clip_norm) {
  if (clip_norm <= 0) return std::nullopt;
  const auto norm = at::stack(at::_foreach_norm(gradients)).norm();
  return (norm / clip_norm).clamp_min(1.0).to(torch::kFloat32);
}

// The kernels know one divisor only, so the gradients of replicas are clipped ahead of them.
void clip_each(const std::vector<torch::Tensor>& gradients, double clip_norm) {
  std::vector<torch::Tensor> norms;  // of one parameter, each [R]
  for (const auto& g : gradients) norms.push_back(g.flatten(1).norm(2, 1));
  const auto divisor = (at::stack(norms).norm(2, 0) / clip_norm).clamp_min(1.0);
  for (const auto& g : gradients) {
    std::vector<std::int64_t> shape(g.dim(), 1);
    shape[0] = -1;
    g.div_(divisor.view(shape));
  }
}

}  // namespace

Optimizer::Optimizer(std::vector<torch::Tensor> parameters, OptimizerOptions options, std::int64_t replicas)
    : parameters_(std::move(parameters)), options_(std::move(options)), replicas_(replicas) {
  const bool sgd = options_.type() == UpdateRule::kSgd;
  if (!sgd || options_.momentum() > 0) first_moments_ = zeros_like_all(parameters_);
  if (!sgd) second_moments_ = zeros_like_all(parameters_);
  for (const auto& p : parameters_) steps_.push_back(at::zeros({}, p.options().dtype(torch::kFloat32)));
}

void Optimizer::step(const std::vector<torch::Tensor>& gradients, double learning_rate) {
  const auto device = parameters_.front().device();
  step(gradients, torch::tensor(learning_rate, device.is_cuda() ? torch::kFloat32 : torch::kFloat64).to(device));
}

void Optimizer::step(const std::vector<torch::Tensor>& gradients, const torch::Tensor& learning_rate) {
  torch::NoGradGuard no_grad;
  TORCH_CHECK(gradients.size() == parameters_.size(), "expected ", parameters_.size(), " gradients, got ",
              gradients.size());
  std::vector<torch::Tensor> parameters, moving, first, second, steps;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    parameters.push_back(parameters_[i]);
    moving.push_back(gradients[i]);
    if (!first_moments_.empty()) first.push_back(first_moments_[i]);
    if (!second_moments_.empty()) second.push_back(second_moments_[i]);
    steps.push_back(steps_[i]);
  }
  if (parameters.empty()) return;

  std::optional<torch::Tensor> scale;
  if (replicas_ == 1)
    scale = clipping_divisor(moving, options_.clip_norm());
  else if (options_.clip_norm() > 0)
    clip_each(moving, options_.clip_norm());
  const auto& o = options_;
  const auto [beta1, beta2] = o.betas();
  at::_foreach_add_(steps, 1);
  switch (o.type()) {
    case UpdateRule::kAdam:
      at::_fused_adam_(parameters, moving, first, second, {}, steps, learning_rate, beta1, beta2, o.weight_decay(),
                       o.eps(), /*amsgrad=*/false, /*maximize=*/false, scale);
      break;
    case UpdateRule::kAdamW:
      at::_fused_adamw_(parameters, moving, first, second, {}, steps, learning_rate, beta1, beta2, o.weight_decay(),
                        o.eps(), /*amsgrad=*/false, /*maximize=*/false, scale);
      break;
    case UpdateRule::kSgd:
      // Zero momentum buffers with is_first_step=false give momentum · 0 + g = g: the first step needs no special case.
      at::_fused_sgd_(parameters, moving, first, o.weight_decay(), o.momentum(), learning_rate, /*dampening=*/0,
                      o.nesterov(), /*maximize=*/false, /*is_first_step=*/false, scale);
      break;
  }
}

bool Optimizer::can_pass(const std::vector<torch::Tensor>& gradients, const WorkingWeights& weights) const {
  if (options_.type() == UpdateRule::kSgd || options_.clip_norm() > 0) return false;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!gradients[i].defined()) continue;  // frozen
    if (!vib::can_pass(parameters_[i], gradients[i])) return false;
    if ((gradients[i].scalar_type() == torch::kBFloat16) == weights.working()[i].is_same(parameters_[i])) return false;
  }
  return true;
}

void Optimizer::step(const std::vector<torch::Tensor>& gradients, const torch::Tensor& learning_rate,
                     WeightAverage& average, WorkingWeights& weights) {
  torch::NoGradGuard no_grad;
  if (!can_pass(gradients, weights)) {
    std::vector<torch::Tensor> converted;
    for (std::size_t i = 0; i < gradients.size(); ++i)
      converted.push_back(gradients[i].defined() ? gradients[i].to(parameters_[i].scalar_type()) : gradients[i]);
    step(converted, learning_rate);
    average.blend();
    weights.refresh();
    return;
  }
  AdamStep adam{.learning_rate = learning_rate.item<double>(),
                .beta1 = std::get<0>(options_.betas()),
                .beta2 = std::get<1>(options_.betas()),
                .eps = options_.eps(),
                .weight_decay = options_.weight_decay(),
                .decoupled = options_.type() == UpdateRule::kAdamW};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!gradients[i].defined()) {
      if (average.enabled()) average.sums()[i].lerp_(parameters_[i], 1.0 - average.decay());
      continue;
    }
    adam.step = steps_[i].add_(1).item<double>();
    const auto& working = weights.working()[i];
    adam_pass(parameters_[i], gradients[i], first_moments_[i], second_moments_[i], adam,
              average.enabled() ? average.sums()[i] : torch::Tensor(), average.decay(),
              working.is_same(parameters_[i]) ? torch::Tensor() : working);
  }
}

torch::Tensor Optimizer::decay_cost() const {
  auto cost = torch::zeros({replicas_}, parameters_.front().options());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto squares = parameters_[i].square().reshape({replicas_, -1}).sum(1);
    cost = cost + 0.5 * options_.weight_decay() * (squares * steps_[i].clamp_max(1));
  }
  return cost;
}

TensorMap Optimizer::state() const {
  TensorMap state;
  const auto add = [&](const char* kind, const std::vector<torch::Tensor>& tensors) {
    for (std::size_t i = 0; i < tensors.size(); ++i) state.insert(fmt::format("{}.{}", kind, i), tensors[i]);
  };
  add("first", first_moments_);
  add("second", second_moments_);
  add("step", steps_);
  return state;
}

void Optimizer::load_state(const TensorMap& loaded, const std::string& source) {
  torch::NoGradGuard no_grad;
  auto own = state();
  check_same_layout(own, loaded, source);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto name = fmt::format("step.{}", i);
    const auto count = loaded[name].item<double>();
    if (!(count >= 0 && std::isfinite(count)))
      refuse_entry(name, fmt::format("is {}", count), "a count of steps", source);
  }
  for (auto& item : own) item.value().copy_(loaded[item.key()]);
}

}  // namespace vib
