#include "vib/experiment/predict.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/atomic_file.h"
#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/core/random.h"
#include "vib/core/units.h"
#include "vib/data/idx.h"
#include "vib/data/read_tensor.h"
#include "vib/data/targets.h"
#include "vib/data/tensor_data.h"
#include "vib/data/vocabulary.h"
#include "vib/experiment/experiment.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using Inputs = DataDescription::Inputs;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

[[noreturn]] void is_something_else(const std::string& input, const DataDescription& d) {
  throw DataError(fmt::format("{}: the run was trained on {}, which this is not", input,
                              d.inputs == Inputs::kBytes    ? "images"
                              : !d.vocabulary.empty()       ? "texts"
                              : d.inputs == Inputs::kTokens ? "tokens"
                                                            : "numbers"));
}

Dataset prepared_as(const DataDescription& d, torch::Tensor inputs) {
  Dataset data;
  data.inputs = std::move(inputs);
  data.low = d.low;
  data.high = d.high;
  data.mean = d.mean;
  data.scale = d.scale;
  return data;
}

std::vector<std::int64_t> without_ones(torch::IntArrayRef shape) {
  std::vector<std::int64_t> sizes;
  std::ranges::copy_if(shape, std::back_inserter(sizes), [](std::int64_t size) { return size != 1; });
  return sizes;
}

// `[N, ...]` as the run's inputs: dimensions of size one, as that of an image's one channel, may be there or not.
torch::Tensor shaped_as(const DataDescription& d, torch::Tensor inputs, const std::string& name) {
  if (inputs.scalar_type() == torch::kBool) inputs = inputs.to(torch::kFloat32);
  if (describe_inputs(inputs) != d.inputs) is_something_else(name, d);
  if (inputs.dim() < 1 || inputs.size(0) == 0 || without_ones(inputs.sizes().slice(1)) != without_ones(d.shape))
    throw DataError(fmt::format("{}: the run takes inputs of {}, the file holds an array of {}", name,
                                fmt::join(d.shape, " x "), fmt::join(inputs.sizes(), " x ")));
  check_finite(inputs, name);
  if (d.inputs == Inputs::kTokens) check_tokens(inputs, d.tokens, name);
  auto shape = d.shape;
  shape.insert(shape.begin(), inputs.size(0));
  return inputs.reshape(shape);
}

torch::Tensor read_images(const DataDescription& d, const fs::path& file) {
  const auto images = read_idx(file);
  return d.transposed && images.dim() > 2 ? images.transpose(-2, -1) : images;
}

torch::Tensor encode_texts(const std::vector<std::string>& texts, const DataDescription& d) {
  const Vocabulary vocabulary(d.vocabulary);
  std::vector<torch::Tensor> rows;
  for (const auto& text : texts) rows.push_back(vocabulary.encode(text, d.shape.at(0), d.side));
  return at::stack(rows);
}

std::vector<std::string> read_lines(const fs::path& file) {
  if (!fs::is_regular_file(file))
    throw DataError(fmt::format("{}: no such file; expected a text on each line, or give --text", file.string()));
  std::istringstream text(read_file(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  if (lines.empty()) throw DataError(fmt::format("{}: is empty; expected a text on each line", file.string()));
  return lines;
}

/// What a batch is told of, a column of numbers for each: `[B, columns]`, float64.
torch::Tensor numbers_of(const Prediction& p, const DataDescription& d, bool deterministic) {
  std::vector<torch::Tensor> columns;
  const auto add = [&](const torch::Tensor& column) { columns.push_back(column.to(torch::kFloat64)); };
  const auto probabilities = d.classes == 2 && p.mean.size(1) == 1 ? at::cat({1 - p.mean, p.mean}, 1) : p.mean;
  if (d.reconstructs) {
    add(to_bits(1.0) * p.distortion);
  } else if (d.classes > 0) {
    const auto [best, label] = probabilities.max(-1);
    add(label);
    add(best);
  } else {
    for (std::int64_t i = 0; i < p.mean.size(1); ++i) add(p.mean.select(1, i));
  }
  add(deterministic ? at::full_like(p.rate, kNone) : to_bits(1.0) * p.rate);
  if (d.classes > 0) add(to_bits(1.0) * torch::special_entr(probabilities).sum(-1));
  return at::stack(columns, 1).cpu();
}

std::vector<Predictions::Column> empty_columns(const DataDescription& d) {
  std::vector<Predictions::Column> columns = {{"index", 0, {}}};
  const auto add = [&](std::string name, int decimals) { columns.push_back({std::move(name), decimals, {}}); };
  if (d.reconstructs) {
    add("distortion_bits", 4);
  } else if (d.classes > 0) {
    add("class", 0);
    add("probability", 6);
  } else {
    for (std::int64_t i = 0; i < d.values; ++i) add(fmt::format("y_{}", i), 6);
  }
  add("rate_bits", 4);
  if (d.classes > 0) add("entropy_bits", 6);
  return columns;
}

std::string written(const Predictions::Column& column, std::size_t row, const char* none) {
  const auto x = column.numbers[row];
  return std::isnan(x) ? none : fmt::format("{:.{}f}", x, column.decimals);
}

Predictions predict_all(const RunDirectory& run, const DataDescription& description, const Dataset& data) {
  const auto config = run_config(run);
  const auto device = set_up_compute(config);
  auto model = load_classifier(run, device);
  const auto generator = make_generator(device, derive_seed(config.seed, Stream::evaluation));

  Predictions predictions{empty_columns(description), {}};
  for (std::int64_t begin = 0; begin < data.size(); begin += config.evaluate.batch_size) {
    const auto end = std::min(begin + config.evaluate.batch_size, data.size());
    std::optional<torch::Tensor> targets;
    if (description.reconstructs) targets = data.batch_targets(begin, end).to(device);
    const auto p =
        predict(model, data.batch_inputs(begin, end).to(device), targets, config.evaluate.samples, generator);
    const auto numbers = numbers_of(p, description, model->deterministic());
    const auto row = numbers.accessor<double, 2>();
    for (std::int64_t i = 0; i < end - begin; ++i) {
      predictions.columns[0].numbers.push_back(static_cast<double>(begin + i));
      for (std::int64_t c = 0; c < numbers.size(1); ++c) predictions.columns[c + 1].numbers.push_back(row[i][c]);
    }
  }
  if (description.vocabulary.empty()) return predictions;
  const Vocabulary vocabulary(description.vocabulary);
  for (std::int64_t i = 0; i < data.size(); ++i) predictions.texts.push_back(vocabulary.decode(data.inputs[i]));
  return predictions;
}

}  // namespace

Predictions predict_file(const RunDirectory& run, const fs::path& input) {
  run.require_finished();
  const auto d = run_data(run);
  if (!d.vocabulary.empty()) return predict_texts(run, read_lines(input));
  if (!d.table.inputs.empty()) return predict_all(run, d, prepared_as(d, encode_inputs(d.table, input)));
  const auto name = input.string();
  const auto inputs = names_tensor(name) ? read_tensor(name) : read_images(d, input);
  return predict_all(run, d, prepared_as(d, shaped_as(d, inputs, name)));
}

Predictions predict_texts(const RunDirectory& run, const std::vector<std::string>& texts) {
  run.require_finished();
  const auto d = run_data(run);
  if (d.vocabulary.empty()) is_something_else("a text", d);
  return predict_all(run, d, prepared_as(d, encode_texts(texts, d)));
}

std::string to_csv(const Predictions& p) {
  std::vector<std::string> fields;
  for (const auto& column : p.columns) fields.push_back(column.name);
  if (!p.texts.empty()) fields.push_back("text");
  std::string text = fmt::format("{}\n", fmt::join(fields, ","));
  for (std::size_t i = 0; i < p.columns.front().numbers.size(); ++i) {
    fields.clear();
    for (const auto& column : p.columns) fields.push_back(written(column, i, ""));
    if (!p.texts.empty()) fields.push_back(p.texts[i]);  // words and blanks: nothing that wants quotes
    text += fmt::format("{}\n", fmt::join(fields, ","));
  }
  return text;
}

std::string to_jsonl(const Predictions& p) {
  std::string text;
  for (std::size_t i = 0; i < p.columns.front().numbers.size(); ++i) {
    std::vector<std::string> fields;
    for (const auto& column : p.columns)
      fields.push_back(fmt::format("\"{}\":{}", column.name, written(column, i, "null")));
    if (!p.texts.empty())
      fields.push_back("\"text\":" + Json(p.texts[i]).dump(-1, ' ', false, Json::error_handler_t::replace));
    text += fmt::format("{{{}}}\n", fmt::join(fields, ","));
  }
  return text;
}

}  // namespace vib
