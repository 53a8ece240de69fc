#include "vib/experiment/inputs.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/data/format/file_kind.h"
#include "vib/data/format/idx.h"
#include "vib/data/format/image.h"
#include "vib/data/format/read_tensor.h"
#include "vib/data/sets/image_folders.h"
#include "vib/data/sets/tensor_data.h"
#include "vib/data/targets.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

std::vector<std::int64_t> without_ones(torch::IntArrayRef shape) {
  std::vector<std::int64_t> sizes;
  std::ranges::copy_if(shape, std::back_inserter(sizes), [](std::int64_t size) { return size != 1; });
  return sizes;
}

std::string_view name_of(DataDescription::Inputs inputs) {
  using Inputs = DataDescription::Inputs;
  return inputs == Inputs::kBytes    ? "bytes (uint8)"
         : inputs == Inputs::kTokens ? "whole numbers (int)"
                                     : "numbers (float)";
}

bool takes_images(const DataDescription& run) {
  return run.inputs == DataDescription::Inputs::kBytes && run.shape.size() == 3;
}

/// Whether images lie there as [N, height, width, channels].
bool has_channels_last(const DataDescription& run, const torch::Tensor& inputs) {
  return run.shape.size() == 3 && inputs.dim() == 4 && inputs.size(3) == run.shape[0] &&
         inputs.size(1) == run.shape[1] && inputs.size(2) == run.shape[2];
}

torch::Tensor read_images(const DataDescription& run, const std::vector<fs::path>& files) {
  return read_image_files(files, run.shape[0], run.shape[1], run.shape[2]);
}

}  // namespace

std::string expected_inputs(const DataDescription& run) {
  using Inputs = DataDescription::Inputs;
  if (!run.vocabulary.empty()) return "a file in UTF-8 with a text on each line (vib predict: or --text TEXT)";
  if (!run.table.inputs.empty()) return "a table: a CSV file in UTF-8 with a header";
  return fmt::format("{}a tensor of {} [N, {}]: FILE.npy, .npz:NAME, .pt:NAME or .safetensors:NAME",
                     takes_images(run)              ? "images (IDX, PNG, JPEG, or a folder of the last two) or "
                     : run.inputs == Inputs::kBytes ? "an IDX file or "
                                                    : "",
                     name_of(run.inputs), fmt::join(run.shape, ", "));
}

void refuse_kind(const DataDescription& run, const std::string& source, std::string_view what) {
  throw DataError(fmt::format("{}: {}; this run takes {}", source, what, expected_inputs(run)));
}

void require_texts(const DataDescription& run, const std::string& file) {
  require_text(file, expected_inputs(run));
  if (const auto ending = fs::path(file).extension(); ending == ".csv" || ending == ".tsv")
    refuse_kind(run, file, "is a table by its name (if each line is a text, let it end in .txt)");
}

torch::Tensor as_inputs(const DataDescription& run, torch::Tensor inputs, const std::string& source) {
  if (!inputs.defined()) throw DataError(source + ": an undefined tensor");
  if (inputs.scalar_type() == torch::kBool) inputs = inputs.to(torch::kFloat32);
  if (const auto kind = describe_inputs(inputs); kind != run.inputs)
    refuse_kind(run, source, fmt::format("holds {} [{}]", name_of(kind), fmt::join(inputs.sizes(), ", ")));
  if (inputs.dim() < 1 || inputs.size(0) == 0 || without_ones(inputs.sizes().slice(1)) != without_ones(run.shape))
    throw DataError(fmt::format(
        "{}: the run takes inputs of {}, these are an array of {}{}", source, fmt::join(run.shape, " x "),
        fmt::join(inputs.sizes(), " x "),
        has_channels_last(run, inputs) ? "; put the channels first: x.transpose(0, 3, 1, 2) in NumPy" : ""));
  check_finite(inputs, source);
  if (run.inputs == DataDescription::Inputs::kTokens) check_tokens(inputs, run.tokens, source);
  auto shape = run.shape;
  shape.insert(shape.begin(), inputs.size(0));
  return inputs.reshape(shape);
}

torch::Tensor read_inputs(const DataDescription& run, const std::string& file) {
  if (names_tensor(file)) return read_tensor(file);
  if (takes_images(run) && fs::is_directory(file)) {
    const auto files = image_files(file);
    if (files.empty()) throw DataError(file + ": holds no PNG or JPEG image");
    return read_images(run, files);
  }
  const bool bytes = run.inputs == DataDescription::Inputs::kBytes;
  const auto path = bytes && !fs::exists(file) ? idx_file(file) : fs::path(file);
  const auto kind = kind_of_file(path);
  if (takes_images(run) && kind.is == FileKind::Is::kImage) return read_images(run, {path});
  if (!bytes || (kind.is != FileKind::Is::kIdx && kind.is != FileKind::Is::kGzip)) refuse_kind(run, file, kind.words);
  const auto images = read_idx(path);
  return run.transposed && images.dim() > 2 ? images.transpose(-2, -1) : images;
}

torch::Tensor encode_texts(const DataDescription& run, const std::vector<std::string>& texts) {
  const Vocabulary vocabulary(run.vocabulary);
  std::vector<torch::Tensor> rows;
  for (const auto& text : texts) rows.push_back(vocabulary.encode(text, run.shape.at(0), run.side));
  return at::stack(rows);
}

}  // namespace vib
