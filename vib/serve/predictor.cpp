#include "vib/serve/predictor.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "vib/core/csv.h"
#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/data/text/vocabulary.h"
#include "vib/evaluate/calibration.h"
#include "vib/evaluate/draws.h"
#include "vib/evaluate/ensemble.h"
#include "vib/experiment/experiment.h"
#include "vib/experiment/inputs.h"
#include "vib/serve/served_runs.h"
#include "vib/serve/temperature_file.h"

namespace vib {
namespace {

Dataset as_data(const DataDescription& run, const torch::Tensor& inputs) {
  Dataset data;
  data.inputs = as_inputs(run, inputs, "the inputs");
  prepare_as(run, data);
  return data;
}

// One example's noise of EvaluationDraws, for every example.
torch::Tensor common_draws(std::uint64_t seed, std::int64_t samples, std::int64_t latent, torch::Device device) {
  const EvaluationDraws draws(seed, latent, device);
  std::vector<torch::Tensor> noise;
  for (std::int64_t m = 0; m < samples; ++m) noise.push_back(draws.noise(m, 0, 1));
  return at::cat(noise);
}

torch::Tensor encode_all(const TableEncoding& table, std::istream& in, const std::string& name) {
  CsvBlocks blocks(in, name, table.separator);
  std::vector<torch::Tensor> inputs;
  while (const auto block = blocks.next()) inputs.push_back(encode_inputs(table, *block, torch::arange(block->rows())));
  return at::cat(inputs);
}

}  // namespace

struct Predictor::Run {
  struct Member {
    VibModel model;
    torch::Tensor noise;  // ε of every draw, [M, K]: the same for all examples
  };

  ExperimentConfig config;  // of the first; they differ in the seed
  DataDescription data;
  torch::Device device;
  std::vector<Member> members;
  std::optional<double> temperature;
};

Predictor::Predictor(const std::filesystem::path& path, const PredictorOptions& options) {
  TORCH_CHECK(options.samples() >= 1, "a prediction needs samples of at least 1, got ", options.samples());
  const auto served = find_runs(path, options.setting());
  Run run{run_config(served.runs.front()), run_data(served.runs.front()), resolve_device(options.device()), {}, {}};
  for (const auto& member : served.runs) {
    auto model = load_model(member, run.device, options.raw());
    const auto noise = common_draws(run_config(member).seed, options.samples(), model->latent(), run.device);
    run.members.push_back({std::move(model), noise});
  }
  if (options.temperature()) run.temperature = read_temperature(served);
  run_ = std::make_shared<const Run>(std::move(run));
}

void Predictor::predict(const torch::Tensor& inputs, const std::function<void(const Prediction&)>& take) const {
  const auto data = as_data(run_->data, inputs);
  const auto batch_size = run_->config.evaluate.batch_size;
  for (std::int64_t begin = 0; begin < data.size(); begin += batch_size) {
    const auto batch = data.slice(begin, std::min(begin + batch_size, data.size())).to(run_->device);
    const auto x = batch.batch_inputs(0, batch.size());
    const auto targets = run_->data.reconstructs ? batch.batch_targets(0, batch.size()) : torch::Tensor();
    std::vector<Prediction> predictions;
    for (auto [model, noise] : run_->members) {  // a handle: the module is the same, and only read
      const auto draw = [&, noise = noise](std::int64_t m) { return noise[m].expand({x.size(0), -1}); };
      predictions.push_back(vib::predict(*model, x, targets, noise.size(0), draw));
    }
    auto p = in_data_units(mixture_of(predictions), run_->data.target_mean, run_->data.target_scale);
    if (run_->data.classes > 0) {
      p.mean = of_every_class(p.mean);
      p.mean_z = of_every_class(p.mean_z);
      if (run_->temperature) p.mean = at_temperature(p.mean, *run_->temperature);
    }
    take(p);
  }
}

Prediction Predictor::predict(const torch::Tensor& inputs) const {
  std::vector<Prediction> parts;
  predict(inputs, [&](const Prediction& p) { parts.push_back(p); });
  if (parts.size() == 1) return parts.front();
  const auto joined = [&](torch::Tensor Prediction::*field) {
    std::vector<torch::Tensor> tensors;
    for (const auto& part : parts)
      if ((part.*field).defined()) tensors.push_back(part.*field);
    return tensors.empty() ? torch::Tensor() : at::cat(tensors);
  };
  return {joined(&Prediction::mean),     joined(&Prediction::mean_z),          joined(&Prediction::rate),
          joined(&Prediction::log_mean), joined(&Prediction::distortion),      joined(&Prediction::variance),
          joined(&Prediction::residual), joined(&Prediction::responsibilities)};
}

Predictor::Codes Predictor::codes(const torch::Tensor& inputs) const {
  if (members() > 1)
    throw ConfigError(
        fmt::format("codes are of one run, and {} runs answer here: each has a code of its own; give "
                    "one, SWEEP/runs/NAME",
                    members()));
  const auto data = as_data(run_->data, inputs).to(run_->device);
  torch::NoGradGuard no_grad;
  auto encoder = model();
  const auto posterior = encoder->encode(data.batch_inputs(0, data.size()));
  return {posterior.mean(), posterior.deterministic() ? torch::Tensor() : posterior.stddev(),
          posterior.as<FullGaussian>() != nullptr ? posterior.correlation() : torch::Tensor()};
}

torch::Tensor Predictor::encode(const std::vector<std::string>& texts) const {
  const auto& d = run_->data;
  if (d.vocabulary.empty()) refuse_kind(d, "the inputs", "are texts");
  if (texts.empty()) throw DataError("the inputs: no texts");
  return encode_texts(d, texts);
}

std::string Predictor::decode(const torch::Tensor& tokens) const {
  return Vocabulary(run_->data.vocabulary).decode(tokens);
}

torch::Tensor Predictor::encode_rows(const std::vector<std::map<std::string, std::string>>& rows) const {
  const auto& table = run_->data.table;
  if (table.inputs.empty()) refuse_kind(run_->data, "the inputs", "are rows of a table");
  if (rows.empty()) throw DataError("the inputs: no rows");
  std::vector<std::string> cells;
  for (const auto& column : table.inputs) cells.push_back(column.name);
  auto plain = table;
  plain.separator = ',';
  std::stringstream text(csv_line(cells), std::ios::in | std::ios::out | std::ios::ate);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    cells.clear();
    for (const auto& column : table.inputs) {
      const auto cell = rows[i].find(column.name);
      if (cell == rows[i].end())
        throw DataError(fmt::format("the inputs: row {} (counted from 0) has no \"{}\"", i, column.name));
      cells.push_back(cell->second);
    }
    text << csv_line(cells);
  }
  return encode_all(plain, text, "the inputs as CSV");
}

torch::Tensor Predictor::encode_table(const std::filesystem::path& file) const {
  if (run_->data.table.inputs.empty()) refuse_kind(run_->data, file.string(), "is read as a table");
  return encode_inputs(run_->data.table, file);
}

std::int64_t Predictor::classes() const { return run_->data.classes; }

const std::vector<std::string>& Predictor::class_names() const { return run_->data.class_names; }

std::size_t Predictor::members() const { return run_->members.size(); }

const VibModel& Predictor::model(std::size_t member) const { return run_->members.at(member).model; }

Predictor load_classifier(const std::filesystem::path& run, const PredictorOptions& options) {
  return Predictor(run, options);
}

}  // namespace vib
