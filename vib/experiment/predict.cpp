#include "vib/experiment/predict.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/core/random.h"
#include "vib/core/units.h"
#include "vib/data/idx.h"
#include "vib/experiment/experiment.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using Inputs = DataDescription::Inputs;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// `[N, H, W]` bytes of the run's image size.
torch::Tensor read_images(const fs::path& input, const DataDescription& d) {
  const auto images = read_idx(input);
  if (images.dim() < 2 || images.numel() / images.size(0) != d.numel())
    throw DataError(fmt::format("{}: the run takes inputs of {}, the file holds an array of {}", input.string(),
                                fmt::join(d.shape, " x "), fmt::join(images.sizes(), " x ")));
  auto shape = d.shape;
  shape.insert(shape.begin(), images.size(0));
  return images.view(shape);
}

/// The examples of a file as the run's network takes them.
Dataset read_inputs(const fs::path& input, const DataDescription& d) {
  Dataset data;
  if (d.inputs != Inputs::kBytes) throw DataError(fmt::format("{}: this run does not predict images", input.string()));
  data.inputs = read_images(input, d);
  data.low = d.low;
  data.high = d.high;
  data.mean = d.mean;
  data.scale = d.scale;
  data.name = input.string();
  return data;
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

}  // namespace

Predictions predict_file(const RunDirectory& run, const fs::path& input) {
  const auto config = run_config(run);
  const auto description = run_data(run);
  const auto data = read_inputs(input, description);
  const auto device = set_up_compute(config);
  auto model = load_classifier(run, device);
  const auto generator = make_generator(device, derive_seed(config.seed, Stream::evaluation));

  Predictions predictions{empty_columns(description)};
  for (std::int64_t begin = 0; begin < data.size(); begin += config.evaluate.batch_size) {
    const auto end = std::min(begin + config.evaluate.batch_size, data.size());
    const auto targets =
        description.reconstructs ? std::optional(data.batch_targets(begin, end).to(device)) : std::nullopt;
    const auto p =
        predict(model, data.batch_inputs(begin, end).to(device), targets, config.evaluate.samples, generator);
    const auto numbers = numbers_of(p, description, model->deterministic());
    const auto row = numbers.accessor<double, 2>();
    for (std::int64_t i = 0; i < end - begin; ++i) {
      predictions.columns[0].numbers.push_back(static_cast<double>(begin + i));
      for (std::int64_t c = 0; c < numbers.size(1); ++c) predictions.columns[c + 1].numbers.push_back(row[i][c]);
    }
  }
  return predictions;
}

std::string to_csv(const Predictions& p) {
  std::vector<std::string> fields;
  for (const auto& column : p.columns) fields.push_back(column.name);
  std::string text = fmt::format("{}\n", fmt::join(fields, ","));
  for (std::size_t i = 0; i < p.columns.front().numbers.size(); ++i) {
    fields.clear();
    for (const auto& column : p.columns) fields.push_back(written(column, i, ""));
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
    text += fmt::format("{{{}}}\n", fmt::join(fields, ","));
  }
  return text;
}

}  // namespace vib
