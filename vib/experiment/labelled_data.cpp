#include "vib/experiment/labelled_data.h"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/data/format/idx.h"
#include "vib/data/format/read_tensor.h"
#include "vib/data/sets/image_folders.h"
#include "vib/data/sets/table.h"
#include "vib/data/sets/tensor_data.h"
#include "vib/data/targets.h"

namespace vib {
namespace {

using Inputs = DataDescription::Inputs;

torch::Tensor read_array(const std::string& source) {
  return names_tensor(source) ? read_tensor(source) : read_idx(source);
}

std::vector<std::string> lines_of(const std::string& file) {
  if (!std::filesystem::is_regular_file(file)) throw DataError(fmt::format("{}: no such file", file));
  std::istringstream text(read_file(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

torch::Tensor read_texts(const DataDescription& d, const std::string& file) {
  if (names_tensor(file)) return read_tensor(file);
  const Vocabulary vocabulary(d.vocabulary);
  std::vector<torch::Tensor> rows;
  for (const auto& text : lines_of(file)) rows.push_back(vocabulary.encode(text, d.shape.at(0), d.side));
  if (rows.empty()) throw DataError(fmt::format("{}: is empty; expected a text on each line", file));
  return at::stack(rows);
}

/// The same numbers as inputs of the run, whose dimensions of size one may be there or not.
torch::Tensor read_inputs(const DataDescription& d, const std::string& file) {
  auto inputs = d.vocabulary.empty() ? read_array(file) : read_texts(d, file);
  if (d.transposed && inputs.dim() > 2 && !names_tensor(file)) inputs = inputs.transpose(-2, -1);
  if (inputs.scalar_type() == torch::kBool) inputs = inputs.to(torch::kFloat32);
  if (inputs.dim() == 0 || inputs.size(0) == 0 || describe_inputs(inputs) != d.inputs ||
      inputs.numel() != inputs.size(0) * d.numel())
    throw DataError(fmt::format("{}: expected examples of {} {}, as the run was trained on; found {} of {}", file,
                                fmt::join(d.shape, " x "),
                                d.inputs == Inputs::kBytes    ? "bytes (uint8)"
                                : d.inputs == Inputs::kTokens ? "token ids (integers)"
                                                              : "numbers (floating point)",
                                c10::toString(inputs.scalar_type()), fmt::join(inputs.sizes(), " x ")));
  check_finite(inputs, file);
  if (d.inputs == Inputs::kTokens) check_tokens(inputs, d.tokens, file);
  auto shape = d.shape;
  shape.insert(shape.begin(), inputs.size(0));
  return inputs.reshape(shape);
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
  std::vector<std::int64_t> classes;
  for (const auto& line : lines_of(file))
    classes.push_back(class_of(d, line, fmt::format("{}:{}", file, classes.size() + 1)));
  return torch::tensor(classes, torch::kInt64);
}

torch::Tensor read_targets(const DataDescription& d, const std::string& file) {
  if (d.classes == 0) return value_targets(read_array(file), file);
  if (!d.vocabulary.empty() && !names_tensor(file)) return read_class_lines(d, file);
  auto classes = class_targets(read_array(file), file);
  if (!names_tensor(file)) classes = class_targets(classes - d.first_label, file);
  check_classes(classes, d.classes, file);
  return classes;
}

}  // namespace

Dataset read_labelled(const DataDescription& d, const NewData& from) {
  const auto& [file, targets] = from;
  Dataset data;
  if (!d.table.inputs.empty() && !d.reconstructs) {
    if (!targets.empty())
      throw DataError(fmt::format("{}: a table holds its own targets, in the column \"{}\"; leave --targets off",
                                  targets, fmt::join(d.table.targets, "\", \"")));
    data = read_table(file, d.table);
  } else if (!d.table.inputs.empty()) {
    data.inputs = encode_inputs(d.table, std::filesystem::path(file));
  } else if (std::filesystem::is_directory(file) && d.inputs == Inputs::kBytes && d.shape.size() == 3 &&
             !d.class_names.empty() && targets.empty()) {
    const auto options = ImageFolderOptions("").channels(d.shape[0]).size({d.shape[1], d.shape[2]});
    data = read_image_folder(file, d.class_names, options);
  } else {
    data.inputs = read_inputs(d, file);
    if (d.reconstructs != targets.empty())
      throw DataError(d.reconstructs ? fmt::format("{}: the run reconstructs its inputs and has no use for targets; "
                                                   "leave --targets off",
                                                   targets)
                                     : fmt::format("{}: give the targets of these examples by --targets FILE", file));
    if (!d.reconstructs) data.targets = read_targets(d, targets);
  }
  if (data.targets.defined() && data.targets.size(0) != data.inputs.size(0))
    throw DataError(fmt::format("{}: holds {} targets for the {} examples of {}", targets, data.targets.size(0),
                                data.inputs.size(0), file));
  if (data.targets.defined() && d.classes == 0 && data.targets.size(1) != d.values)
    throw DataError(
        fmt::format("{}: holds {} values an example, the run predicts {}", targets, data.targets.size(1), d.values));
  data.classes = d.classes;
  data.low = d.low;
  data.high = d.high;
  data.mean = d.mean;
  data.scale = d.scale;
  data.target_mean = d.target_mean;
  data.target_scale = d.target_scale;
  data.name = file;
  return data;
}

}  // namespace vib
