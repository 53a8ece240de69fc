#include "apps/vib/file_info.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/core/utf8.h"
#include "vib/data/format/idx.h"
#include "vib/data/format/read_tensor.h"
#include "vib/data/sets/idx_data.h"
#include "vib/data/sets/image_folders.h"
#include "vib/data/sets/table_summary.h"
#include "vib/data/sets/tensor_data.h"
#include "vib/data/text/tokenizer.h"

namespace vib::app {
namespace {

bool ends_with_one_of(const std::string& name, std::initializer_list<const char*> endings) {
  return std::ranges::any_of(endings, [&](const char* ending) { return name.ends_with(ending); });
}

DataSummary summarize(const Dataset& data) {
  DataSummary summary;
  summary.columns = summarize_examples(data);
  if (!data.targets.defined()) summary.columns.pop_back();  // nobody has said that they are the inputs
  summary.parts.push_back(summarize_part(data, "all"));
  return summary;
}

DataSummary table_of(const FileQuestion& question) {
  const auto file = read_csv(question.file, question.separator);
  TableOptions options(question.file, {});
  if (!question.targets.empty()) {
    column_of(file, question.targets);
    options.targets({question.targets});
  }
  return summarize_table(file, options);
}

DataSummary tensors_of(const FileQuestion& question) {
  TensorDataOptions options(question.file, question.targets);
  options.targets(TargetKind::none);
  if (!question.targets.empty())
    options.targets(read_tensor(question.targets).is_floating_point() ? TargetKind::values : TargetKind::classes);
  return summarize(load_tensor_data(options).train);
}

DataSummary images_of(const FileQuestion& question) {
  Dataset data;
  if (question.targets.empty()) {
    data.inputs = read_idx(question.file);
  } else {
    data = read_idx_pair(question.file, question.targets);
    data.classes = count_classes(data.targets, question.targets);
  }
  return summarize(data);
}

DataSummary folders_of(const FileQuestion& question) {
  if (!question.targets.empty())
    throw DataError(fmt::format("{}: --targets: the classes of images are their folders", question.file));
  const auto [splits, classes] = load_image_folders(ImageFolderOptions(question.file).test_share(0));
  auto summary = summarize(splits.train);
  summary.columns = summarize_examples(splits.train, classes);
  summary.classes = classes;
  return summary;
}

DataSummary texts_of(const FileQuestion& question) {
  if (!question.targets.empty())
    throw DataError(
        fmt::format("{}: --targets: a file of texts has none; expected a table (.csv, .tsv), tensors "
                    "(.npy, .npz, .pt, .safetensors) or IDX images (...-ubyte)",
                    question.file));
  const auto text = read_file(question.file);
  if (!is_utf8(text))
    throw DataError(
        fmt::format("{}: is no text in UTF-8; expected a table (.csv, .tsv), tensors (.npy, .npz, .pt, "
                    ".safetensors), IDX images (...-ubyte) or a text on each line",
                    question.file));
  std::istringstream lines(text);
  std::set<std::string> words, distinct;
  ColumnSummary column{"text", "text"};
  std::int64_t texts = 0;
  std::size_t least = std::string::npos, most = 0;
  for (std::string line; std::getline(lines, line); ++texts) {
    const auto tokens = tokenize(line);
    words.insert(tokens.begin(), tokens.end());
    distinct.insert(line);
    column.missing += tokens.empty() ? 1 : 0;
    least = std::min(least, tokens.size());
    most = std::max(most, tokens.size());
  }
  if (texts == 0) throw DataError(fmt::format("{}: is empty", question.file));
  column.range = fmt::format("{} to {} words, {} different ones", least, most, words.size());
  column.distinct = std::min(static_cast<std::int64_t>(distinct.size()), kMostDistinct);
  DataSummary summary;
  summary.columns.push_back(column);
  summary.parts.push_back({"all", texts});
  return summary;
}

DataSummary summary_of(const FileQuestion& question) {
  if (names_tensor(question.file)) return tensors_of(question);
  if (std::filesystem::is_directory(question.file)) return folders_of(question);
  if (ends_with_one_of(question.file, {"-ubyte", "-ubyte.gz", ".idx"})) return images_of(question);
  if (!std::filesystem::is_regular_file(question.file))
    throw DataError(fmt::format("{}: no such file, and no data set of that name (vib data list)", question.file));
  if (ends_with_one_of(question.file, {".csv", ".tsv"})) return table_of(question);
  return texts_of(question);
}

}  // namespace

bool names_file(const std::string& name) {
  return names_tensor(name) || name.find('/') != std::string::npos ||
         ends_with_one_of(name, {".csv", ".tsv", ".txt", "-ubyte", "-ubyte.gz"});
}

DataSummary summarize_file(const FileQuestion& question) {
  auto summary = summary_of(question);
  warn_of_classes(summary);
  return summary;
}

}  // namespace vib::app
