#include "vib/data/sets/idx_data.h"

#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/data/format/idx.h"
#include "vib/data/targets.h"

namespace vib {
namespace {

torch::Tensor read_images(const std::filesystem::path& path) {
  const auto images = read_idx(path);
  if (images.dim() != 3 && images.dim() != 4) {
    throw DataError(fmt::format("{}: expected images (N x HEIGHT x WIDTH), found {}", path.string(),
                                fmt::join(images.sizes(), " x ")));
  }
  return images.dim() == 3 ? images.unsqueeze(1) : images;
}

torch::Tensor read_labels(const std::filesystem::path& path, std::int64_t images) {
  const auto labels = read_idx(path);
  if (labels.dim() != 1 || labels.size(0) != images) {
    throw DataError(fmt::format("{}: expected {} labels, one for each image, found {}", path.string(), images,
                                fmt::join(labels.sizes(), " x ")));
  }
  if (images == 0) throw DataError(fmt::format("{}: expected examples, found none", path.string()));
  return labels.to(torch::kInt64);
}

Dataset read_part(const IdxDataOptions& options, const std::filesystem::path& images,
                  const std::filesystem::path& labels) {
  auto data = read_idx_pair(images, labels);
  if (options.transpose()) data.inputs = data.inputs.transpose(2, 3).contiguous();
  data.low = options.low();
  data.high = options.high();
  if (!data.targets.defined()) return data;
  if (const auto least = data.targets.min().item<std::int64_t>(); least < options.first_label()) {
    throw DataError(fmt::format("{}: found the label {}, expected none below first_label, {}", labels.string(), least,
                                options.first_label()));
  }
  data.targets -= options.first_label();
  return data;
}

/// A class without an example would have an output of its own: a sign of labels that count from 1.
void check_first_label(const Dataset& train, const IdxDataOptions& options) {
  const auto least = train.targets.min().item<std::int64_t>() + options.first_label();
  if (least == options.first_label()) return;
  throw DataError(
      fmt::format("{}: labels begin at {}, not at first_label, {}; set first_label: {} (EMNIST's letters "
                  "begin at 1)",
                  options.train_labels().string(), least, options.first_label(), least));
}

}  // namespace

Dataset read_idx_pair(const std::filesystem::path& images, const std::filesystem::path& labels) {
  Dataset data;
  data.inputs = read_images(images);
  if (!labels.empty()) data.targets = read_labels(labels, data.inputs.size(0));
  if (data.size() == 0) throw DataError(fmt::format("{}: expected examples, found none", images.string()));
  return data;
}

DataSplits load_idx(const IdxDataOptions& options) {
  auto train = read_part(options, options.train_images(), options.train_labels());
  const bool labelled = !options.train_labels().empty();
  if (labelled != !options.test_labels().empty())
    throw DataError(fmt::format("{}: labels of the training and of the test part belong together: give both or neither",
                                options.train_images().string()));
  if (labelled) check_first_label(train, options);
  auto test = read_part(options, options.test_images(), options.test_labels());
  if (test.inputs.sizes().slice(1) != train.inputs.sizes().slice(1)) {
    throw DataError(fmt::format("{}: expected images of {} as in {}, found {}", options.test_images().string(),
                                fmt::join(train.inputs.sizes().slice(1), " x "), options.train_images().string(),
                                fmt::join(test.inputs.sizes().slice(1), " x ")));
  }
  if (labelled) {
    train.classes = test.classes = count_classes(train.targets, options.train_labels().string());
    check_classes(test.targets, test.classes, options.test_labels().string());
  }
  train.name = "idx/train";
  test.name = "idx/test";
  return hold_out(std::move(train), std::move(test), options.validation(), options.seed());
}

}  // namespace vib
