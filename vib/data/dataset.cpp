#include "vib/data/dataset.h"

#include <utility>

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/random.h"

namespace vib {
namespace {

torch::Tensor as_floats(const torch::Tensor& inputs, double low, double high) {
  if (inputs.scalar_type() != torch::kUInt8) return inputs.to(torch::kFloat32);
  // One kernel: adding to a floating-point scalar promotes the bytes on the way.
  return torch::add(torch::scalar_tensor(low, torch::kFloat32), inputs, /*alpha=*/(high - low) / 255.0);
}

/// `data` with `change` applied to every tensor.
template <typename Change>
Dataset map_tensors(Dataset data, const Change& change) {
  data.inputs = change(data.inputs);
  data.targets = change(data.targets);
  for (auto& [name, factor] : data.factors) factor = change(factor);
  return data;
}

}  // namespace

torch::Tensor Dataset::batch_inputs(const torch::Tensor& index) const {
  return as_floats(inputs.index_select(0, index), low, high);
}

torch::Tensor Dataset::batch_inputs(std::int64_t begin, std::int64_t end) const {
  return as_floats(inputs.slice(0, begin, end), low, high);
}

Dataset Dataset::to(torch::Device device) const {
  return map_tensors(*this, [&](const torch::Tensor& tensor) { return tensor.to(device); });
}

Dataset Dataset::slice(std::int64_t begin, std::int64_t end) const {
  return map_tensors(*this, [&](const torch::Tensor& tensor) { return tensor.slice(0, begin, end); });
}

Dataset Dataset::select(const torch::Tensor& index) const {
  return map_tensors(*this, [&](const torch::Tensor& tensor) { return tensor.index_select(0, index); });
}

double Dataset::label_entropy() const {
  const auto counts = torch::bincount(targets, /*weights=*/{}, /*minlength=*/classes).to(torch::kFloat64);
  return torch::special_entr(counts / counts.sum()).sum().item<double>();
}

DataSplits hold_out(Dataset train, Dataset test, std::int64_t count, std::uint64_t seed) {
  if (count < 0 || count >= train.size()) {
    throw DataError(fmt::format("{}: cannot hold out {} of {} training examples; data.validation must be at least 0 "
                                "and leave examples to train on",
                                train.name, count, train.size()));
  }
  DataSplits splits{.train = train, .validation = train.slice(0, 0), .test = std::move(test)};
  if (count > 0) {
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(derive_seed(seed, Stream::split));
    const auto order = torch::randperm(train.size(), generator, torch::kInt64).to(train.targets.device());
    splits.validation = train.select(order.slice(0, 0, count));
    splits.train = train.select(order.slice(0, count));
  }
  splits.validation.name = train.name.substr(0, train.name.rfind('/')) + "/validation";
  return splits;
}

}  // namespace vib
