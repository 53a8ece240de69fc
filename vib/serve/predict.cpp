#include "vib/serve/predict.h"

#include <cmath>
#include <limits>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/atomic_file.h"
#include "vib/core/csv.h"
#include "vib/core/error.h"
#include "vib/core/units.h"
#include "vib/data/format/idx.h"
#include "vib/data/format/read_tensor.h"
#include "vib/experiment/experiment.h"
#include "vib/serve/predictor.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
// In place of decimals, of numbers in a unit of the user's: digits that count, wherever the point is.
constexpr int kSignificant = -1;

torch::Tensor read_images(const DataDescription& d, const fs::path& file) {
  const auto images = read_idx(file);
  return d.transposed && images.dim() > 2 ? images.transpose(-2, -1) : images;
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
    for (std::int64_t i = 0; i < p.mean.size(1); ++i) {
      add(p.mean.select(1, i));
      if (p.variance.defined()) add(p.variance.select(1, i).sqrt());
    }
  }
  add(deterministic ? at::full_like(p.rate, kNone) : to_bits(1.0) * p.rate);
  if (d.classes > 0) add(to_bits(1.0) * torch::special_entr(probabilities).sum(-1));
  return at::stack(columns, 1).cpu();
}

// `deviations`: whether the likelihood has a variance.
std::vector<Predictions::Column> empty_columns(const DataDescription& d, bool deviations) {
  std::vector<Predictions::Column> columns = {{"index", 0, {}}};
  const auto add = [&](std::string name, int decimals) { columns.push_back({std::move(name), decimals, {}}); };
  if (d.reconstructs) {
    add("distortion_bits", 4);
  } else if (d.classes > 0) {
    add("class", 0);
    add("probability", 6);
  } else {
    for (std::int64_t i = 0; i < d.values; ++i) {
      const auto name = d.target_names.empty() ? fmt::format("y_{}", i) : d.target_names[static_cast<std::size_t>(i)];
      add("mean:" + name, kSignificant);
      if (deviations) add("sd:" + name, kSignificant);
    }
  }
  add("rate_bits", 4);
  if (d.classes > 0) add("entropy_bits", 6);
  return columns;
}

std::string written(const Predictions::Column& column, std::size_t row, const char* none) {
  const auto x = column.numbers[row];
  if (std::isnan(x)) return none;
  return column.decimals == kSignificant ? fmt::format("{:.12g}", x) : fmt::format("{:.{}f}", x, column.decimals);
}

// `source` names the inputs in messages.
Predictions predict_all(const Predictor& predictor, const DataDescription& d, const torch::Tensor& inputs,
                        const std::string& source) try {
  const auto& model = predictor.model();
  const bool deviations = model->likelihood().variance(torch::zeros({1, 2})).defined();
  Predictions predictions{empty_columns(d, deviations), {}};
  std::int64_t index = 0;
  predictor.predict(inputs, [&](const Prediction& p) {
    const auto numbers = numbers_of(p, d, model->deterministic());
    const auto row = numbers.accessor<double, 2>();
    for (std::int64_t i = 0; i < numbers.size(0); ++i) {
      predictions.columns[0].numbers.push_back(static_cast<double>(index++));
      for (std::int64_t c = 0; c < numbers.size(1); ++c) predictions.columns[c + 1].numbers.push_back(row[i][c]);
    }
  });
  if (!d.vocabulary.empty())
    for (std::int64_t i = 0; i < index; ++i) predictions.texts.push_back(predictor.decode(inputs[i]));
  return predictions;
} catch (const DataError& e) {
  throw DataError(fmt::format("{}: {}", source, e.what()));
}

// As the run was trained: its device, its threads.
Predictor predictor_of(const RunDirectory& run) {
  run.require_finished();
  const auto config = run_config(run);
  set_up_compute(config);
  return Predictor(run.path(), PredictorOptions().device(config.device));
}

}  // namespace

Predictions predict_file(const RunDirectory& run, const fs::path& input) {
  const auto predictor = predictor_of(run);
  const auto d = run_data(run);
  const auto name = input.string();
  if (!d.vocabulary.empty()) return predict_all(predictor, d, predictor.encode(read_lines(input)), name);
  if (!d.table.inputs.empty()) return predict_all(predictor, d, encode_inputs(d.table, input), name);
  return predict_all(predictor, d, names_tensor(name) ? read_tensor(name) : read_images(d, input), name);
}

Predictions predict_texts(const RunDirectory& run, const std::vector<std::string>& texts) {
  const auto predictor = predictor_of(run);
  return predict_all(predictor, run_data(run), predictor.encode(texts), "--text");
}

std::string to_csv(const Predictions& p) {
  std::vector<std::string> fields;
  for (const auto& column : p.columns) fields.push_back(column.name);
  if (!p.texts.empty()) fields.push_back("text");
  auto text = csv_line(fields);
  for (std::size_t i = 0; i < p.columns.front().numbers.size(); ++i) {
    fields.clear();
    for (const auto& column : p.columns) fields.push_back(written(column, i, ""));
    if (!p.texts.empty()) fields.push_back(p.texts[i]);
    text += csv_line(fields);
  }
  return text;
}

std::string to_jsonl(const Predictions& p) {
  std::string text;
  for (std::size_t i = 0; i < p.columns.front().numbers.size(); ++i) {
    std::vector<std::string> fields;
    for (const auto& column : p.columns)
      fields.push_back(fmt::format("{}:{}", json_text(column.name), written(column, i, "null")));
    if (!p.texts.empty()) fields.push_back("\"text\":" + json_text(p.texts[i]));
    text += fmt::format("{{{}}}\n", fmt::join(fields, ","));
  }
  return text;
}

}  // namespace vib
