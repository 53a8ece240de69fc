#include "vib/experiment/inputs.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
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

}  // namespace

void refuse_kind(const DataDescription& run, const std::string& source) {
  using Inputs = DataDescription::Inputs;
  throw DataError(fmt::format("{}: the run was trained on {}, which this is not", source,
                              run.inputs == Inputs::kBytes    ? "images (uint8)"
                              : !run.vocabulary.empty()       ? "texts"
                              : run.inputs == Inputs::kTokens ? "tokens (int64)"
                                                              : "numbers (float)"));
}

torch::Tensor as_inputs(const DataDescription& run, torch::Tensor inputs, const std::string& source) {
  if (!inputs.defined()) throw DataError(source + ": an undefined tensor");
  if (inputs.scalar_type() == torch::kBool) inputs = inputs.to(torch::kFloat32);
  if (describe_inputs(inputs) != run.inputs) refuse_kind(run, source);
  if (inputs.dim() < 1 || inputs.size(0) == 0 || without_ones(inputs.sizes().slice(1)) != without_ones(run.shape))
    throw DataError(fmt::format("{}: the run takes inputs of {}, these are an array of {}", source,
                                fmt::join(run.shape, " x "), fmt::join(inputs.sizes(), " x ")));
  check_finite(inputs, source);
  if (run.inputs == DataDescription::Inputs::kTokens) check_tokens(inputs, run.tokens, source);
  auto shape = run.shape;
  shape.insert(shape.begin(), inputs.size(0));
  return inputs.reshape(shape);
}

torch::Tensor read_inputs(const DataDescription& run, const std::string& file) {
  if (names_tensor(file)) return read_tensor(file);
  if (run.shape.size() == 3 && (fs::is_directory(file) || is_image_name(file))) {
    const auto files = fs::is_directory(file) ? image_files(file) : std::vector<fs::path>{file};
    if (files.empty()) throw DataError(file + ": holds no PNG or JPEG image");
    return read_image_files(files, run.shape[0], run.shape[1], run.shape[2]);
  }
  const auto images = read_idx(file);
  return run.transposed && images.dim() > 2 ? images.transpose(-2, -1) : images;
}

torch::Tensor encode_texts(const DataDescription& run, const std::vector<std::string>& texts) {
  const Vocabulary vocabulary(run.vocabulary);
  std::vector<torch::Tensor> rows;
  for (const auto& text : texts) rows.push_back(vocabulary.encode(text, run.shape.at(0), run.side));
  return at::stack(rows);
}

}  // namespace vib
