#include "vib/data/dataset.h"

#include <utility>

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/random.h"

namespace vib {
namespace {

// One kernel: adding to a floating-point scalar promotes the bytes on the way.
torch::Tensor scaled_bytes(const torch::Tensor& bytes, double low, double high) {
  return torch::add(torch::scalar_tensor(low, torch::kFloat32), bytes, /*alpha=*/(high - low) / 255.0);
}

torch::Tensor prepared(const Dataset& data, const torch::Tensor& inputs) {
  const bool bytes = inputs.scalar_type() == torch::kUInt8;
  if (!bytes && !inputs.is_floating_point()) return inputs.to(torch::kInt64);
  const auto x = bytes ? scaled_bytes(inputs, data.low, data.high) : inputs;
  // In the inputs' own precision: a large mean may not cost float32's digits first.
  return (data.mean.defined() ? (x - data.mean) / data.scale : x).to(torch::kFloat32);
}

torch::Tensor reconstruction_target(const Dataset& data, const torch::Tensor& inputs) {
  const bool bytes = inputs.scalar_type() == torch::kUInt8;
  return (bytes ? scaled_bytes(inputs, 0, 1) : prepared(data, inputs)).flatten(1);
}

torch::Tensor as_targets(const Dataset& data, const torch::Tensor& targets) {
  if (!targets.is_floating_point()) return targets;
  if (!data.target_mean.defined()) return targets.to(torch::kFloat32);
  return ((targets - data.target_mean) / data.target_scale).to(torch::kFloat32);
}

/// `data` with `change` applied to the tensors that have an entry for every example.
template <typename Change>
Dataset map_examples(Dataset data, const Change& change) {
  data.inputs = change(data.inputs);
  if (data.targets.defined()) data.targets = change(data.targets);
  if (data.weights.defined()) data.weights = change(data.weights);
  for (auto& [name, factor] : data.factors) factor = change(factor);
  return data;
}

}  // namespace

torch::Tensor Dataset::batch_inputs(const torch::Tensor& index) const {
  return prepared(*this, inputs.index_select(0, index));
}

torch::Tensor Dataset::batch_inputs(std::int64_t begin, std::int64_t end) const {
  return prepared(*this, inputs.slice(0, begin, end));
}

torch::Tensor Dataset::batch_targets(const torch::Tensor& index) const {
  if (!targets.defined()) return reconstruction_target(*this, inputs.index_select(0, index));
  return as_targets(*this, targets.index_select(0, index));
}

torch::Tensor Dataset::batch_targets(std::int64_t begin, std::int64_t end) const {
  if (!targets.defined()) return reconstruction_target(*this, inputs.slice(0, begin, end));
  return as_targets(*this, targets.slice(0, begin, end));
}

Dataset Dataset::to(torch::Device device) const {
  auto data = map_examples(*this, [&](const torch::Tensor& tensor) { return tensor.to(device); });
  if (mean.defined()) {
    data.mean = mean.to(device);
    data.scale = scale.to(device);
  }
  if (target_mean.defined()) {
    data.target_mean = target_mean.to(device);
    data.target_scale = target_scale.to(device);
  }
  return data;
}

Dataset Dataset::slice(std::int64_t begin, std::int64_t end) const {
  return map_examples(*this, [&](const torch::Tensor& tensor) { return tensor.slice(0, begin, end); });
}

Dataset Dataset::select(const torch::Tensor& index) const {
  return map_examples(*this, [&](const torch::Tensor& tensor) { return tensor.index_select(0, index); });
}

double Dataset::total_weight() const {
  return weights.defined() ? weights.sum(torch::kFloat64).item<double>() : static_cast<double>(size());
}

std::optional<double> Dataset::label_entropy() const {
  if (classes == 0 || !targets.defined()) return std::nullopt;
  const auto counts = torch::bincount(targets, weights, /*minlength=*/classes).to(torch::kFloat64);
  return torch::special_entr(counts / counts.sum()).sum().item<double>();
}

DataSplits hold_out(Dataset train, Dataset test, HoldOut held_out, std::uint64_t seed) {
  const auto count = held_out.of(train.size());
  if (count < 0 || count >= train.size()) {
    throw DataError(
        fmt::format("{}: cannot hold out {} of {} training examples; data.validation must be at least 0 "
                    "and leave examples to train on",
                    train.name, count, train.size()));
  }
  DataSplits splits{.train = train, .validation = train.slice(0, 0), .test = std::move(test)};
  if (count > 0) {
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(derive_seed(seed, Stream::split));
    const auto order = torch::randperm(train.size(), generator, torch::kInt64).to(train.inputs.device());
    splits.validation = train.select(order.slice(0, 0, count));
    splits.train = train.select(order.slice(0, count));
  }
  splits.validation.name = train.name.substr(0, train.name.rfind('/')) + "/validation";
  return splits;
}

}  // namespace vib
