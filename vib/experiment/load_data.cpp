#include "vib/experiment/load_data.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/data/sets/digits.h"
#include "vib/data/sets/idx_data.h"
#include "vib/data/sets/imdb.h"
#include "vib/data/sets/mnist.h"
#include "vib/data/sets/table.h"
#include "vib/data/sets/tensor_data.h"

namespace vib {
namespace {

constexpr std::uint64_t kSplitSeed = 0;

// Of all parts: an id that training happens to lack keeps its first embedding.
void count_tokens(DataDescription& description, const DataSplits& splits) {
  if (description.inputs != DataDescription::Inputs::kTokens) return;
  for (const auto* split : {&splits.validation, &splits.test})
    if (split->size() > 0)
      description.tokens = std::max(description.tokens, split->inputs.max().item<std::int64_t>() + 1);
}

ExperimentData described(DataSplits splits) {
  auto description = describe_data(splits.train);
  count_tokens(description, splits);
  return {std::move(splits), std::move(description)};
}

ExperimentData load_reviews(const DataConfig& o) {
  auto [splits, vocabulary] = load_imdb(ImdbOptions(data_root(o))
                                            .vocabulary(o.vocabulary)
                                            .length(o.length)
                                            .side(o.side)
                                            .validation(o.validation)
                                            .seed(kSplitSeed)
                                            .expect(o.expect)
                                            .cache(o.cache));
  auto data = described(std::move(splits));
  data.description.tokens = vocabulary.size();
  data.description.vocabulary = vocabulary.words();
  data.description.side = o.side;
  return data;
}

// A name of the configuration as a path; what stands behind a colon names a tensor in it.
std::string in_root(const DataConfig& o, const std::string& name) {
  return name.empty() ? name : (data_root(o) / name).string();
}

ExperimentData load_tensors_of(const DataConfig& o) {
  TensorDataOptions options(in_root(o, o.own.train_inputs), in_root(o, o.own.train_targets));
  options.test_inputs(in_root(o, o.own.test_inputs)).test_targets(in_root(o, o.own.test_targets)).test(o.own.test);
  options.validation(o.validation).seed(kSplitSeed).standardize(o.own.standardize).low(o.low).high(o.high);
  options.targets(o.target == "input" ? TargetKind::none : o.own.targets);
  return described(load_tensor_data(options));
}

ExperimentData load_table_of(const DataConfig& o) {
  TableOptions options(in_root(o, o.own.train_file), o.own.target_columns);
  options.test(in_root(o, o.own.test_file)).test_share(o.own.test_share).validation(o.validation).seed(kSplitSeed);
  options.target_kind(o.own.targets).numeric(o.own.numeric).categorical(o.own.categorical).ignore(o.own.ignore);
  options.separator(o.own.separator.at(0)).missing(o.own.missing).standardize(o.own.standardize);
  auto [splits, encoding] = load_table(options);
  auto data = described(std::move(splits));
  data.description.table = std::move(encoding);
  return data;
}

ExperimentData load_idx_of(const DataConfig& o) {
  auto data = described(load_idx(IdxDataOptions(in_root(o, o.own.train_images), in_root(o, o.own.train_labels),
                                                in_root(o, o.own.test_images), in_root(o, o.own.test_labels))
                                     .validation(o.validation)
                                     .seed(kSplitSeed)
                                     .first_label(o.own.first_label)
                                     .transpose(o.own.transpose)
                                     .low(o.low)
                                     .high(o.high)));
  data.description.transposed = o.own.transpose;
  return data;
}

ExperimentData load_named(const DataConfig& o) {
  if (o.name == "tensors") return load_tensors_of(o);
  if (o.name == "csv") return load_table_of(o);
  if (o.name == "idx") return load_idx_of(o);
  if (o.name == "mnist" || o.name == "fashion_mnist")
    return described(
        load_mnist(MnistOptions(data_root(o)).validation(o.validation).seed(kSplitSeed).low(o.low).high(o.high)));
  if (o.name == "imdb") return load_reviews(o);
  return described(make_digits({o.train, o.test, o.validation, o.seed, o.low, o.high}));
}

// The inputs become the targets; what they were before stays known.
void reconstruct(ExperimentData& data) {
  for (auto* split : {&data.splits.train, &data.splits.validation, &data.splits.test})
    if (split->targets.defined()) split->factors["label"] = std::exchange(split->targets, torch::Tensor());
  auto table = std::move(data.description.table);
  const bool transposed = data.description.transposed;
  data.description = describe_data(data.splits.train);
  data.description.table = std::move(table);
  data.description.transposed = transposed;
}

}  // namespace

std::filesystem::path data_root(const DataConfig& config) {
  if (!config.root.empty()) return config.root;
  if (config.name == "tensors" || config.name == "csv" || config.name == "idx") return ".";
  const char* folder = std::getenv("VIB_DATA_DIR");
  return std::filesystem::path(folder != nullptr && *folder != '\0' ? folder : "data") / config.name;
}

ExperimentData load_data(const DataConfig& config, torch::Device device) {
  auto data = load_named(config);
  if (data.description.inputs == DataDescription::Inputs::kTokens && config.target == "input")
    throw DataError(fmt::format("{}: words cannot be reconstructed", config.name));
  if (config.target == "input") reconstruct(data);
  for (auto* split : {&data.splits.train, &data.splits.validation, &data.splits.test}) *split = split->to(device);
  return data;
}

}  // namespace vib
