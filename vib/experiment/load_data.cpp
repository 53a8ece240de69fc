#include "vib/experiment/load_data.h"

#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/data/digits.h"
#include "vib/data/imdb.h"
#include "vib/data/mnist.h"

namespace vib {
namespace {

constexpr std::uint64_t kSplitSeed = 0;

ExperimentData described(DataSplits splits) {
  auto description = describe_data(splits.train);
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

ExperimentData load_named(const DataConfig& o) {
  if (o.name == "mnist")
    return described(
        load_mnist(MnistOptions(data_root(o)).validation(o.validation).seed(kSplitSeed).low(o.low).high(o.high)));
  if (o.name == "imdb") return load_reviews(o);
  return described(make_digits({o.train, o.test, o.validation, o.seed, o.low, o.high}));
}

// The inputs become the targets; what they were before stays known.
void reconstruct(ExperimentData& data) {
  for (auto* split : {&data.splits.train, &data.splits.validation, &data.splits.test})
    if (split->targets.defined()) split->factors["label"] = std::exchange(split->targets, torch::Tensor());
  data.description = describe_data(data.splits.train);
}

void check_tokens(const ExperimentData& data) {
  for (const auto* split : {&data.splits.validation, &data.splits.test})
    if (split->size() > 0 && split->inputs.max().item<std::int64_t>() >= data.description.tokens)
      throw DataError(fmt::format("{}: has tokens beyond the largest of the training examples, {}", split->name,
                                  data.description.tokens - 1));
}

}  // namespace

std::filesystem::path data_root(const DataConfig& config) {
  if (!config.root.empty()) return config.root;
  const char* folder = std::getenv("VIB_DATA_DIR");
  return std::filesystem::path(folder != nullptr && *folder != '\0' ? folder : "data") / config.name;
}

ExperimentData load_data(const DataConfig& config, torch::Device device) {
  auto data = load_named(config);
  if (data.description.inputs == DataDescription::Inputs::kTokens) {
    if (config.target == "input") throw DataError(fmt::format("{}: words cannot be reconstructed", config.name));
    check_tokens(data);
  }
  if (config.target == "input") reconstruct(data);
  for (auto* split : {&data.splits.train, &data.splits.validation, &data.splits.test}) *split = split->to(device);
  return data;
}

}  // namespace vib
