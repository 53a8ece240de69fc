#include "vib/experiment/load_data.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {
namespace {

/// The data set's folder, the usual one where none is given; nullptr where it has no files.
std::filesystem::path* find_root(Chosen<DataPart>& set) {
  const auto& part = set.part();
  if (!part.root) return nullptr;
  auto* root = part.root(set.options());
  if (root->empty()) *root = part.own ? "." : data_folder(set.name());
  return root;
}

// The inputs become the targets; what they were before stays known.
void reconstruct(Dataset& split) {
  if (split.targets.defined()) split.factors["label"] = std::exchange(split.targets, torch::Tensor());
  split.target_mean = split.target_scale = torch::Tensor();
}

void reconstruct(ExperimentData& data) {
  for (auto* split : {&data.splits.train, &data.splits.validation, &data.splits.test}) reconstruct(*split);
  auto table = std::move(data.description.table);
  const bool transposed = data.description.transposed;
  data.description = describe_data(data.splits.train);
  data.description.table = std::move(table);
  data.description.transposed = transposed;
}

}  // namespace

std::filesystem::path data_folder(const std::string& name) {
  const char* folder = std::getenv("VIB_DATA_DIR");
  return std::filesystem::path(folder != nullptr && *folder != '\0' ? folder : "data") / name;
}

DataConfig with_absolute_root(DataConfig config) {
  if (auto* root = find_root(config.set)) *root = std::filesystem::absolute(*root).lexically_normal();
  return config;
}

ExperimentData load_data(const DataConfig& config, torch::Device device) {
  auto set = config.set;
  find_root(set);
  auto data = set.part().load(set.options(), config);
  if (data.description.inputs == DataDescription::Inputs::kTokens && config.target == "input")
    throw DataError(fmt::format("{}: words cannot be reconstructed", set.name()));
  if (config.target == "input") reconstruct(data);
  for (auto* split : {&data.splits.train, &data.splits.validation, &data.splits.test}) *split = split->to(device);
  return data;
}

DataSplits load_prepared(const DataConfig& config, const DataDescription& prepared, torch::Device device) {
  auto splits = load_data(config, torch::kCPU).splits;
  for (auto* split : {&splits.train, &splits.validation, &splits.test}) {
    split->target_mean = prepared.target_mean;
    split->target_scale = prepared.target_scale;
    *split = split->to(device);
  }
  return splits;
}

Dataset load_first_of_test(const DataConfig& config, const DataDescription& prepared, std::int64_t most) {
  Dataset test;
  if (const auto& part = config.set.part(); part.load_test) {
    test = part.load_test(config.set.options(), most);
    if (config.target == "input") reconstruct(test);
  } else {
    const auto [splits, description] = load_data(config, torch::kCPU);
    const auto before = to_json(prepared), now = to_json(description);
    if (before["table"] != now["table"] || before["vocabulary"] != now["vocabulary"])
      throw DataError(
          "the files of the data have changed since the run was trained: they would be encoded differently");
    test = splits.test.slice(0, std::min(most, splits.test.size()));
  }
  if (test.size() == 0) throw DataError("the data have no test examples");
  test.mean = prepared.mean;
  test.scale = prepared.scale;
  return test;
}

}  // namespace vib
