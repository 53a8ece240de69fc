#include "vib/train/gradient_moments.h"

#include <limits>
#include <string_view>

#include "vib/train/state.h"

namespace vib {

GradientMoments::GradientMoments(const Replicas& replicas) {
  constexpr std::string_view kWeight = ".weight";
  const auto& parameters = replicas.parameters();
  const auto named = replicas.model()->named_parameters();
  const auto& own = named.items();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& name = own[i].key();
    if (own[i].value().dim() < 2 || !name.ends_with(kWeight)) continue;
    auto zeros = torch::zeros_like(parameters[i], torch::kFloat64);
    if (replicas.size() == 1) zeros = zeros.unsqueeze(0);
    sums_.push_back({name.substr(0, name.size() - kWeight.size()), i, zeros, zeros.clone()});
  }
}

void GradientMoments::add(const std::vector<torch::Tensor>& gradients) {
  ++steps_;
  for (auto& [layer, parameter, first, second] : sums_) {
    if (!gradients[parameter].defined()) continue;
    const auto gradient = gradients[parameter].to(torch::kFloat64).reshape(first.sizes());
    first.add_(gradient);
    second.addcmul_(gradient, gradient);
  }
}

std::vector<LayerGradient> GradientMoments::layers(std::int64_t replica) const {
  TORCH_CHECK(steps_ > 0, "there was no step");
  std::vector<LayerGradient> layers;
  const auto steps = static_cast<double>(steps_);
  for (const auto& sums : sums_) {
    const auto mean = sums.first[replica] / steps;
    const auto variance = (sums.second[replica] / steps - mean.square()).clamp_min(0);
    layers.push_back({sums.layer, mean.norm().item<double>(), variance.sum().sqrt().item<double>()});
  }
  return layers;
}

TensorMap GradientMoments::state() const {
  TensorMap state;
  state.insert("steps", integer_tensor(steps_));
  for (const auto& sums : sums_) {
    state.insert(sums.layer + ".first", sums.first);
    state.insert(sums.layer + ".second", sums.second);
  }
  return state;
}

void GradientMoments::load_state(const TensorMap& state, const std::string& source) {
  restore(this->state(), state, source);
  steps_ = required_integer(state, "steps", 0, std::numeric_limits<std::int64_t>::max(), source);
}

}  // namespace vib
