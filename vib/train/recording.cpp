#include "vib/train/recording.h"

#include <algorithm>
#include <utility>

#include "vib/nn/module_mode.h"

namespace vib {
namespace {

/// Every layer's activations, `[N, ...]` on the CPU; one that only hands on another's is left out.
std::vector<std::pair<std::string, torch::Tensor>> layers_of(VibModelImpl& model, const Dataset& data,
                                                             std::int64_t batch) {
  std::vector<std::pair<std::string, std::vector<torch::Tensor>>> parts;
  for (std::int64_t begin = 0; begin < data.size(); begin += batch) {
    const auto x = data.batch_inputs(begin, std::min(begin + batch, data.size()));
    auto layers = model.activations(x);
    layers.insert("output", model.likelihood().mean(model.decode(layers["mean"])));
    std::size_t place = 0;
    const void* before = nullptr;
    for (const auto& item : layers) {
      if (std::exchange(before, item.value().unsafeGetTensorImpl()) == item.value().unsafeGetTensorImpl()) continue;
      if (begin == 0) parts.push_back({item.key(), {}});
      parts[place++].second.push_back(item.value().flatten(1).to(torch::kCPU, torch::kFloat32));
    }
  }
  std::vector<std::pair<std::string, torch::Tensor>> layers;
  for (auto& [name, of_layer] : parts)
    layers.emplace_back(name, of_layer.size() == 1 ? of_layer[0] : at::cat(of_layer));
  return layers;
}

}  // namespace

bool RecordingOptions::includes(std::int64_t epoch) const { return std::ranges::binary_search(epochs_, epoch); }

std::vector<LayerInformation> layer_information(
    VibModel model, const Dataset& data, const std::vector<std::shared_ptr<const InformationEstimator>>& estimators,
    std::int64_t batch) {
  if (estimators.empty()) return {};
  TORCH_CHECK(data.classes > 0 && data.targets.defined(), "layers are asked about classes, and ", data.name,
              " has none");
  const torch::NoGradGuard no_grad;
  const ModuleMode evaluation(*model, ModuleMode::kEvaluation);
  const auto labels = data.targets.cpu();
  std::vector<LayerInformation> information;
  for (const auto& [layer, activations] : layers_of(*model, data, batch))
    for (const auto& estimator : estimators)
      information.push_back(  // where training broke its numbers are NaN, and the other models go on
          {layer, estimator->name(), estimator->estimate_each(activations.unsqueeze(0), labels).front()});
  return information;
}

}  // namespace vib
