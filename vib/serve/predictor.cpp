#include "vib/serve/predictor.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/data/sets/tensor_data.h"
#include "vib/data/targets.h"
#include "vib/data/text/vocabulary.h"
#include "vib/evaluate/draws.h"
#include "vib/experiment/experiment.h"

namespace vib {
namespace {

using Inputs = DataDescription::Inputs;

[[noreturn]] void is_something_else(const std::string& input, const DataDescription& d) {
  throw DataError(fmt::format("{}: the run was trained on {}, which this is not", input,
                              d.inputs == Inputs::kBytes    ? "images (uint8)"
                              : !d.vocabulary.empty()       ? "texts"
                              : d.inputs == Inputs::kTokens ? "tokens (int64)"
                                                            : "numbers (float)"));
}

std::vector<std::int64_t> without_ones(torch::IntArrayRef shape) {
  std::vector<std::int64_t> sizes;
  std::ranges::copy_if(shape, std::back_inserter(sizes), [](std::int64_t size) { return size != 1; });
  return sizes;
}

// `[N, ...]` as the run's inputs: dimensions of size one, as that of an image's one channel, may be there or not.
torch::Tensor shaped_as(const DataDescription& d, torch::Tensor inputs) {
  const std::string name = "the inputs";
  if (!inputs.defined()) throw DataError("the inputs: an undefined tensor");
  if (inputs.scalar_type() == torch::kBool) inputs = inputs.to(torch::kFloat32);
  if (describe_inputs(inputs) != d.inputs) is_something_else(name, d);
  if (inputs.dim() < 1 || inputs.size(0) == 0 || without_ones(inputs.sizes().slice(1)) != without_ones(d.shape))
    throw DataError(fmt::format("{}: the run takes inputs of {}, these are an array of {}", name,
                                fmt::join(d.shape, " x "), fmt::join(inputs.sizes(), " x ")));
  check_finite(inputs, name);
  if (d.inputs == Inputs::kTokens) check_tokens(inputs, d.tokens, name);
  auto shape = d.shape;
  shape.insert(shape.begin(), inputs.size(0));
  return inputs.reshape(shape);
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

}  // namespace

struct Predictor::Run {
  ExperimentConfig config;
  DataDescription data;
  torch::Device device;
  VibModel model;
  std::int64_t samples;
};

Predictor::Predictor(const std::filesystem::path& path, const PredictorOptions& options) {
  const RunDirectory run(path);
  run.require_finished();
  auto config = run_config(run);
  const auto device = resolve_device(options.device());
  const auto samples = options.samples().value_or(config.evaluate.samples);
  TORCH_CHECK(samples >= 1, "a prediction needs samples of at least 1, got ", samples);
  run_ = std::make_shared<const Run>(
      Run{std::move(config), run_data(run), device, load_model(run, device, options.raw()), samples});
}

void Predictor::predict(const torch::Tensor& inputs, const std::function<void(const Prediction&)>& take) const {
  const auto& config = run_->config;
  const auto data = prepared_as(run_->data, shaped_as(run_->data, inputs));
  const EvaluationDraws draws(config.seed, run_->model->latent(), run_->device);
  auto model = run_->model;  // a handle: the module is the same, and only read
  for (std::int64_t begin = 0; begin < data.size(); begin += config.evaluate.batch_size) {
    const auto end = std::min(begin + config.evaluate.batch_size, data.size());
    const auto batch = data.slice(begin, end).to(run_->device);
    const auto targets = run_->data.reconstructs ? batch.batch_targets(0, batch.size()) : torch::Tensor();
    const auto noise = [&](std::int64_t m) { return draws.noise(m, begin, end); };
    auto p = vib::predict(*model, batch.batch_inputs(0, batch.size()), targets, run_->samples, noise);
    take(in_data_units(std::move(p), run_->data.target_mean, run_->data.target_scale));
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
  return {joined(&Prediction::mean),     joined(&Prediction::mean_z),     joined(&Prediction::rate),
          joined(&Prediction::log_mean), joined(&Prediction::distortion), joined(&Prediction::variance)};
}

torch::Tensor Predictor::encode(const std::vector<std::string>& texts) const {
  const auto& d = run_->data;
  if (d.vocabulary.empty()) is_something_else("a text", d);
  if (texts.empty()) throw DataError("the inputs: no texts");
  const Vocabulary vocabulary(d.vocabulary);
  std::vector<torch::Tensor> rows;
  for (const auto& text : texts) rows.push_back(vocabulary.encode(text, d.shape.at(0), d.side));
  return at::stack(rows);
}

std::string Predictor::decode(const torch::Tensor& tokens) const {
  return Vocabulary(run_->data.vocabulary).decode(tokens);
}

std::int64_t Predictor::classes() const { return run_->data.classes; }

const VibModel& Predictor::model() const { return run_->model; }

Predictor load_classifier(const std::filesystem::path& run, const PredictorOptions& options) {
  return Predictor(run, options);
}

}  // namespace vib
