#include "vib/serve/predict.h"

#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/data/format/file_kind.h"
#include "vib/experiment/experiment.h"
#include "vib/experiment/inputs.h"
#include "vib/serve/answers.h"
#include "vib/serve/input_blocks.h"
#include "vib/serve/prediction_writer.h"
#include "vib/serve/served_runs.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

/// A run, or the runs of a sweep, as they were trained: their device, their threads.
struct Served {
  Predictor predictor;
  DataDescription data;
  std::vector<std::string> diverged;
};

Served load_served(const fs::path& run, const PredictOptions& options) {
  const auto served = find_runs(run, options.setting);
  const auto& first = served.runs.front();
  const auto config = run_config(first);
  set_up_compute(config);
  auto data = run_data(first);
  if (options.temperature && data.classes == 0)
    throw ConfigError(
        fmt::format("--temperature: {} does not predict classes, and has no probabilities to scale", run.string()));
  Predictor predictor(run, PredictorOptions()
                               .device(config.device)
                               .samples(options.draws)
                               .setting(options.setting)
                               .temperature(options.temperature));
  set_up_threads(config, data, predictor.model());
  return {std::move(predictor), std::move(data), served.diverged};
}

// `source` names the inputs in messages.
void predict_all(const Served& served, const NextBlock& next, const std::string& source, const PredictOptions& options,
                 const ByteSink& sink, PredictReport& report) {
  const auto& [predictor, data, diverged] = served;
  report.diverged = diverged;
  if (options.codes && predictor.members() > 1)
    throw ConfigError("--codes: each run of a sweep has a code of its own; give one of them, SWEEP/runs/NAME");
  const auto writer = make_prediction_writer(options.format, sink);
  Answers answers(predictor, data, options.codes);
  double read = 0;  // before the block
  while (const auto block = next()) {
    std::size_t at = 0;
    std::int64_t begin = 0;
    const auto take = [&](const Prediction& p) {
      const auto end = begin + p.mean.size(0);
      answers.add_batch(p, block->inputs.slice(0, std::exchange(begin, end), end), block->reasons, at);
      answers.flush(*writer);
      const auto share = static_cast<double>(end) / static_cast<double>(block->inputs.size(0));
      if (options.on_rows) options.on_rows(answers.rows(), read + (block->share - read) * share);
    };
    try {
      if (block->inputs.defined()) predictor.predict(block->inputs, take);
    } catch (const DataError& e) {
      throw DataError(fmt::format("{}: {}", source, e.what()));
    }
    answers.add_refused(block->reasons, at);
    answers.flush(*writer);
    read = block->share;
  }
  writer->finish();
  report.rows = answers.rows();
  report.refused = answers.refused();
}

}  // namespace

PredictReport predict_file(const fs::path& run, const std::string& input, const PredictOptions& options,
                           const ByteSink& sink) {
  const auto served = load_served(run, options);
  const auto& d = served.data;
  PredictReport report;
  const auto from = [&](const NextBlock& next, const std::string& name) {
    predict_all(served, next, name, options, sink, report);
    return report;
  };
  const bool texts = !d.vocabulary.empty();
  if (texts || !d.table.inputs.empty()) {
    if (input != "-" && texts) require_texts(d, input);
    if (input != "-" && !texts) require_text(input, expected_inputs(d));
    const TextSource source(input);
    from(texts ? lines_of(source, served.predictor) : rows_of(source, d.table, report.unknown), source.name());
    if (report.rows == 0) refuse_kind(d, source.name(), texts ? "is empty" : "has no rows below its header");
    return report;
  }
  if (input == "-")
    throw ConfigError(
        "-: standard input takes a table or texts, and this run was trained on tensors or images; give a "
        "file");
  return from(all_at_once(as_inputs(d, read_inputs(d, input), input)), input);
}

PredictReport predict_texts(const fs::path& run, const std::vector<std::string>& texts, const PredictOptions& options,
                            const ByteSink& sink) {
  const auto served = load_served(run, options);
  if (served.data.vocabulary.empty()) refuse_kind(served.data, "--text", "is a text");
  PredictReport report;
  predict_all(served, all_at_once(served.predictor.encode(texts)), "--text", options, sink, report);
  return report;
}

}  // namespace vib
