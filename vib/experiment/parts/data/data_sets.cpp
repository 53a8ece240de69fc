#include "vib/experiment/parts/data/data_sets.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "vib/experiment/data_config.h"

namespace vib {

DataPart digits_data();
DataPart mnist_data();
DataPart fashion_mnist_data();
DataPart imdb_data();
DataPart tensors_data();
DataPart csv_data();
DataPart idx_data();
DataPart images_data();

const std::vector<DataPart>& DataPart::all() {
  static const std::vector<DataPart> parts = {digits_data(),  mnist_data(), fashion_mnist_data(), imdb_data(),
                                              tensors_data(), csv_data(),   idx_data(),           images_data()};
  return parts;
}

ExperimentData described(DataSplits splits) {
  auto description = describe_data(splits.train);
  // Of all parts: an id that training happens to lack keeps its first embedding.
  if (description.inputs == DataDescription::Inputs::kTokens)
    for (const auto* split : {&splits.validation, &splits.test})
      if (split->size() > 0)
        description.tokens = std::max(description.tokens, split->inputs.max().item<std::int64_t>() + 1);
  return {std::move(splits), std::move(description)};
}

DataDescription known_images(std::vector<std::int64_t> shape) {
  DataDescription description;
  description.inputs = DataDescription::Inputs::kBytes;
  description.shape = std::move(shape);
  return description;
}

void range_key(Section& s, double& low, double& high) {
  s.pair("range", low, high, each(at_least(-1e6).at_most(1e6)).increasing(),
         "what the bytes 0 and 255 of a pixel become");
}

void own_root_key(Section& s, std::filesystem::path& root) {
  s.field("root", root, "folder that the files' names are relative to; empty: where the program is started");
}

void split_keys(Section& s, SplitOptions& split) {
  s.field("folds", split.folds(), at_least(0),
          "cross-validation: the examples fall into so many parts, of which data.fold is the test part; 0: none. "
          "data.fold=0..4 of a sweep are all five");
  s.field("fold", split.fold(), at_least(0), "which part is for test, from 0");
  s.field("stratify", split.stratify(), "gives every part its share of each class");
}

void check_folds(const SplitOptions& split, const std::string& other, const ConfigOrigins& origins) {
  const auto folds = split.folds(), fold = split.fold();
  if (folds == 1) origins.fail("data.folds", "1 leaves nothing to train on; allowed: 0, or 2 and more");
  if (folds == 0 && fold > 0) origins.fail("data.fold", "needs data.folds: how many parts there are");
  if (folds > 0 && fold >= folds)
    origins.fail("data.fold", fmt::format("{} is none of {} folds; allowed: 0 to {}", fold, folds, folds - 1));
  if (folds > 0 && !other.empty())
    origins.fail("data.folds", fmt::format("takes the test part out of the training file, and so does {}: give one of "
                                           "the two",
                                           other));
}

void complete(SplitOptions& split, const DataConfig& data) { split.validation(data.held_out()).seed(data.split_seed); }

void own_targets_key(Section& s, TargetKind& targets, bool& standardize_targets) {
  const auto of_values = [&](Section& s) {
    s.field(
        "standardize_targets", standardize_targets,
        "makes each value to predict 0 on average and 1 in deviation, by the training part alone, so that beta means "
        "the same in any unit; results are in the data's unit. Values that are all 0 or 1 stay");
  };
  s.choice("targets", targets,
           {{"classes", TargetKind::classes, "one of several"},
            {"values", TargetKind::values, "one or more numbers", of_values}},
           "what the targets are");
}

void own_target_keys(Section& s, TargetKind& targets, bool& standardize, bool& standardize_targets) {
  own_targets_key(s, targets, standardize_targets);
  s.field("standardize", standardize,
          "makes each number 0 on average and 1 in deviation, by the training part alone; tokens have none");
}

void require_key(const ConfigOrigins& origins, const char* key, bool given, const char* what) {
  if (!given) origins.fail(key, fmt::format("is needed: {}", what));
}

}  // namespace vib
