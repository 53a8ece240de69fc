#include "vib/experiment/labelled_data.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/data/format/file_kind.h"
#include "vib/data/format/idx.h"
#include "vib/data/format/read_tensor.h"
#include "vib/data/sets/image_folders.h"
#include "vib/data/sets/table.h"
#include "vib/data/targets.h"
#include "vib/data/text/text_lines.h"
#include "vib/experiment/inputs.h"

namespace vib {
namespace {

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream text(file, std::ios::binary);
  return TextLines(text, file).next(std::numeric_limits<std::size_t>::max());
}

/// The class that `line` names or counts.
std::int64_t class_of(const DataDescription& d, const std::string& line, const std::string& where) {
  const auto name = std::ranges::find(d.class_names, line);
  if (name != d.class_names.end()) return name - d.class_names.begin();
  std::int64_t number = -1;
  std::istringstream(line) >> number;
  if (number >= 0 && number < d.classes && std::to_string(number) == line) return number;
  throw DataError(fmt::format("{}: \"{}\" is none of the run's classes: {}0 to {}", where, line,
                              d.class_names.empty() ? "" : fmt::format("{}, or ", fmt::join(d.class_names, ", ")),
                              d.classes - 1));
}

torch::Tensor read_class_lines(const DataDescription& d, const std::string& file) {
  require_text(file, "a class on each line, or a tensor of class numbers");
  std::vector<std::int64_t> classes;
  for (const auto& line : lines_of(file))
    classes.push_back(class_of(d, line, fmt::format("{}:{}", file, classes.size() + 1)));
  return torch::tensor(classes, torch::kInt64);
}

torch::Tensor read_classes(const DataDescription& d, const std::string& file) {
  if (names_tensor(file)) return class_targets(read_tensor(file), file);
  if (!d.vocabulary.empty()) return read_class_lines(d, file);
  const auto labels = class_targets(read_idx(file), file);
  if (const auto least = labels.min().item<std::int64_t>(); least < d.first_label)
    throw DataError(
        fmt::format("{}: found the label {}, expected none below the run's first one, {}", file, least, d.first_label));
  return labels - d.first_label;
}

torch::Tensor read_targets(const DataDescription& d, const std::string& file, std::int64_t examples) {
  auto targets = d.classes > 0 ? read_classes(d, file) : value_targets(read_tensor(file), file);
  if (targets.size(0) != examples)
    throw DataError(fmt::format("{}: holds {} targets for {} examples", file, targets.size(0), examples));
  if (d.classes > 0)
    check_classes(targets, d.classes, file);
  else if (targets.size(1) != d.values)
    throw DataError(
        fmt::format("{}: holds {} values an example, the run predicts {}", file, targets.size(1), d.values));
  return targets;
}

/// Whether targets are named where they are needed, and only there. `with_inputs`: they stand in the same file.
void check_targets(const DataDescription& d, const NewData& from, bool with_inputs) {
  if (d.reconstructs && !from.targets.empty())
    throw DataError(fmt::format("{}: the run reconstructs its inputs and has no use for targets; leave --targets off",
                                from.targets));
  if (d.reconstructs || with_inputs == from.targets.empty()) return;
  throw DataError(with_inputs
                      ? fmt::format("{}: {} holds its own targets; leave --targets off", from.targets, from.file)
                      : fmt::format("{}: give the targets of these examples by --targets FILE", from.file));
}

/// A folder that holds a folder of images for each class.
bool is_class_folder(const DataDescription& d, const std::string& file) {
  return std::filesystem::is_directory(file) && d.shape.size() == 3 && !d.class_names.empty();
}

/// What stands in a file without its targets.
torch::Tensor read_inputs_alone(const DataDescription& d, const std::string& file) {
  if (d.vocabulary.empty() || names_tensor(file)) return as_inputs(d, read_inputs(d, file), file);
  require_texts(d, file);
  return encode_texts(d, lines_of(file));
}

}  // namespace

Dataset read_labelled(const DataDescription& d, const NewData& from) {
  const auto& file = from.file;
  const bool table = !d.table.inputs.empty(), folder = !d.reconstructs && is_class_folder(d, file);
  Dataset data;
  if (!table && !folder) data.inputs = read_inputs_alone(d, file);  // a wrong file is told of before missing targets
  check_targets(d, from, /*with_inputs=*/table || folder);
  if (table && !d.reconstructs) {
    data = read_table(file, d.table);
  } else if (table) {
    data.inputs = encode_inputs(d.table, std::filesystem::path(file));
  } else if (folder) {
    const auto options = ImageFolderOptions("").channels(d.shape[0]).size({d.shape[1], d.shape[2]});
    data = read_image_folder(file, d.class_names, options);
  } else if (!d.reconstructs) {
    data.targets = read_targets(d, from.targets, data.size());
  }
  data.classes = d.classes;
  data.name = file;
  prepare_as(d, data);
  return data;
}

}  // namespace vib
