#include "vib/experiment/load_data.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/data/batches.h"

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
}

void reconstruct(ExperimentData& data) {
  for (auto* split : {&data.splits.train, &data.splits.validation, &data.splits.test}) reconstruct(*split);
  auto table = std::move(data.description.table);
  auto understood = std::move(data.description.understood);
  const bool transposed = data.description.transposed;
  data.description = describe_data(data.splits.train);
  data.description.table = std::move(table);
  data.description.understood = std::move(understood);
  data.description.transposed = transposed;
}

/// Completes the summary of a table, or makes that of other data.
void understand(ExperimentData& data, const DataConfig& config) {
  auto& summary = data.description.understood;
  const auto& splits = data.splits;
  if (summary.columns.empty()) summary.columns = summarize_examples(splits.train, data.description.class_names);
  if (summary.classes.empty()) summary.classes = data.description.class_names;
  summary.parts = {summarize_part(splits.train, "train"), summarize_part(splits.validation, "validation"),
                   summarize_part(splits.test, "test")};
  warn_of_rare_classes(summary, 1, "validation");
  const auto& part = config.set.part();
  if (const auto key = part.test_key ? part.test_key(config.set.options()) : ""; !key.empty())
    warn_of_rare_classes(summary, 2, key);
  if (config.targets_chosen || config.target == "input")
    std::erase_if(summary.warnings, [](const DataWarning& warning) { return warning.option == "targets"; });
  summary = with_keys(std::move(summary));
}

}  // namespace

DataSummary with_keys(DataSummary summary) {
  for (auto& warning : summary.warnings) warning.option = "data." + warning.option;
  return summary;
}

DataDescription with_training_warning(const ExperimentConfig& config, const ExperimentData& data) {
  constexpr std::int64_t kFewSteps = 1000;
  auto description = data.description;
  const auto& train = config.train;
  const auto batches =
      static_cast<std::int64_t>(batch_ranges(data.splits.train.size(), train.batch_size, train.drop_last).size());
  if (batches * train.epochs < kFewSteps)
    description.understood.warnings.push_back(
        {fmt::format("training takes {} steps in all: a network seldom learns in fewer than about {}",
                     batches * train.epochs, kFewSteps),
         "train.epochs",
         fmt::format(": {} takes as many", (kFewSteps + batches - 1) / std::max<std::int64_t>(batches, 1))});
  return description;
}

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
  understand(data, config);
  for (auto* split : {&data.splits.train, &data.splits.validation, &data.splits.test}) *split = split->to(device);
  return data;
}

DataSplits load_prepared(const DataConfig& config, const DataDescription&, torch::Device device) {
  return load_data(config, device).splits;
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
