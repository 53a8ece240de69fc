#include "vib/experiment/load_data.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/data/batches.h"
#include "vib/data/download/catalog.h"
#include "vib/experiment/file_record.h"
#include "vib/experiment/value_of.h"

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

std::array<Dataset*, 3> parts_of(DataSplits& splits) { return {&splits.train, &splits.validation, &splits.test}; }

void reconstruct(ExperimentData& data) {
  for (auto* split : parts_of(data.splits)) reconstruct(*split);
  auto table = std::move(data.description.table);
  auto understood = std::move(data.description.understood);
  const bool transposed = data.description.transposed;
  const auto first_label = data.description.first_label;
  data.description = describe_data(data.splits.train);
  data.description.table = std::move(table);
  data.description.understood = std::move(understood);
  data.description.transposed = transposed;
  data.description.first_label = first_label;
}

/// In all every class counts the same.
void balance(Dataset& train, const std::string& set) {
  if (train.classes == 0 || !train.targets.defined())
    throw DataError(fmt::format("{}: data.class_weights: balanced needs targets that are classes", set));
  const auto weights = train.weights.defined() ? train.weights : torch::ones({train.size()}, torch::kFloat32);
  const auto of_class = torch::bincount(train.targets, weights, train.classes);
  train.weights = weights / of_class.index_select(0, train.targets).to(torch::kFloat32);
}

/// What every data set has beside what its loader makes of it.
void finish(ExperimentData& data, const DataConfig& config, torch::Device device) {
  auto& train = data.splits.train;
  if (data.description.inputs == DataDescription::Inputs::kTokens && config.target == "input")
    throw DataError(fmt::format(
        "{}: {} cannot be reconstructed", config.set.name(),
        data.description.vocabulary.empty()
            ? "whole numbers in a tensor are token ids: save numbers as float32 (x.astype(\"float32\") in NumPy). Words"
            : "words"));
  if (config.class_weights == ClassWeights::balanced) balance(train, config.set.name());
  for (const auto* split : parts_of(data.splits))
    if (split->size() > 0 && !(split->total_weight() > 0))
      throw DataError(fmt::format("{}: the weights of all its rows are 0; data.weight names them", split->name));
  if (train.weights.defined()) train.weights = train.weights / train.weights.mean();
  if (config.target == "input") reconstruct(data);
  for (auto* split : parts_of(data.splits)) *split = split->to(device);
}

/// A share may be so small that it rounds to no example.
void check_shares(const DataSplits& splits, const DataConfig& config) {
  const auto refuse = [&](const std::string& key, const std::string& share, std::int64_t examples) {
    throw ConfigError(
        fmt::format("data.{}: {} of {} examples is less than one; allowed: a share that is at least one example", key,
                    share, examples));
  };
  const auto rows = splits.train.size() + splits.validation.size();
  if (splits.validation.size() == 0 && config.validation != "auto" && config.holds_out())
    refuse("validation", config.validation, rows);
  const auto& part = config.set.part();
  if (splits.test.size() == 0 && part.test_key)
    if (const auto key = part.test_key(config.set.options()); !key.empty())
      refuse(key, value_of(config.set, "name", key), rows);
}

std::vector<FileRecord> records_of(const Chosen<DataPart>& set) {
  std::vector<FileRecord> records;
  if (const auto& part = set.part(); part.files)
    for (const auto& path : part.files(set.options())) records.push_back(record_of(path));
  return records;
}

/// As in messages: the files, or the data set where there are none.
std::string data_source(const ExperimentData& data, const DataConfig& config) {
  std::vector<std::string> paths;
  for (const auto& file : data.description.files) paths.push_back(file.path);
  return paths.empty() ? config.set.name() : fmt::format("{}", fmt::join(paths, ", "));
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
  if (part.own && config.target != "input") warn_of_classes(summary);
  warn_of_close_numbers(summary, splits.train, data.description.target_names);
  if (const auto key = part.test_key ? part.test_key(config.set.options()) : ""; !key.empty())
    warn_of_rare_classes(summary, 2, key);
  if (config.targets_chosen || config.target == "input")
    std::erase_if(summary.warnings, [](const DataWarning& warning) { return warning.option == "targets"; });
  summary = with_keys(std::move(summary));
  refuse_mistakes(summary, data_source(data, config));
}

}  // namespace

DataSummary with_keys(DataSummary summary) {
  for (auto& warning : summary.warnings)
    if (!warning.option.empty()) warning.option = "data." + warning.option;
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
  check_shares(data.splits, config);
  finish(data, config, device);
  data.description.files = records_of(set);
  if (!set.part().own && data.description.classes > 0) data.description.class_names = class_names_of(set.name());
  understand(data, config);
  return data;
}

DataSplits load_prepared(const DataConfig& config, const DataDescription& prepared, torch::Device device) {
  auto set = config.set;
  find_root(set);
  const auto& part = set.part();
  if (part.test_key && prepared.classes > 0 && prepared.files.empty())
    throw DataError(
        "the run is from before runs kept what they read, and rows were divided otherwise then: evaluate it on new "
        "data with --data FILE, or train it again");
  check_unchanged(records_of(set), prepared.files);
  auto data =
      part.load_prepared ? part.load_prepared(set.options(), config, prepared) : part.load(set.options(), config);
  if (data.description.vocabulary != prepared.vocabulary)
    throw DataError("the texts give another vocabulary than the run was trained with; train it again");
  finish(data, config, device);
  for (auto* split : parts_of(data.splits)) {
    prepare_as(prepared, *split);
    *split = split->to(device);
  }
  return std::move(data.splits);
}

Dataset load_first_of_test(const DataConfig& config, const DataDescription& prepared, std::int64_t most) {
  Dataset test;
  if (const auto& part = config.set.part(); part.load_test) {
    test = part.load_test(config.set.options(), most);
    if (config.target == "input") reconstruct(test);
    prepare_as(prepared, test);
  } else {
    test = load_prepared(config, prepared, torch::kCPU).test;
  }
  if (test.size() == 0) throw DataError("the data have no test examples");
  return test.slice(0, std::min(most, test.size()));
}

}  // namespace vib
