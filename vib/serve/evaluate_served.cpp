#include "vib/serve/evaluate_served.h"

#include <utility>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/evaluate/calibration.h"
#include "vib/evaluate/ensemble.h"
#include "vib/experiment/experiment.h"
#include "vib/experiment/json.h"
#include "vib/experiment/load_data.h"
#include "vib/serve/temperature_file.h"

namespace vib {
namespace {

/// The members with their weights, and the data as they saw them.
struct Loaded {
  std::vector<EnsembleMember> members;
  EvaluateOptions options;
  DataDescription description;
  DataSplits data;
};

Loaded load(const ServedRuns& served, const std::vector<std::string>& overrides, const NewData& data = {}) {
  check_evaluation_overrides(overrides);
  if (!data.given() && !served.one_split)
    throw ConfigError(
        fmt::format("{}: its runs were trained on different parts of the data (data.fold, data.split_seed), so that "
                    "no part is new to all of them; evaluate them on new data with --data FILE",
                    served.path.string()));
  const auto config = run_config(served.runs.front(), overrides);
  const auto device = set_up_compute(config);
  Loaded loaded{{}, evaluate_options(config), run_data(served.runs.front()), {}};
  loaded.data = evaluation_splits(config, loaded.description, data, device);
  for (const auto& run : served.runs)
    loaded.members.push_back({load_model(run, device), run_config(run, overrides).seed});
  set_up_threads(config, loaded.description, loaded.members.front().model);
  return loaded;
}

/// What the members say together of a whole split.
struct Probabilities {
  torch::Tensor of_classes;  // [N, C]
  torch::Tensor labels;      // [N]
};

Probabilities probabilities_of(const Loaded& loaded, const Dataset& split) {
  std::vector<torch::Tensor> of_classes, labels;
  evaluate_ensemble(loaded.members, split, loaded.options, [&](const Prediction& p, const torch::Tensor& targets) {
    of_classes.push_back(of_every_class(p.mean));
    labels.push_back(targets);
  });
  return {at::cat(of_classes), at::cat(labels)};
}

Json before_and_after(const Probabilities& p, double temperature) {
  const auto in_json = [](const Calibration& c) { return Json{{"nll_bits", c.nll_bits}, {"ece", c.ece}}; };
  return {{"before", in_json(calibration_of(p.of_classes, p.labels))},
          {"after", in_json(calibration_of(at_temperature(p.of_classes, temperature), p.labels))}};
}

}  // namespace

Json evaluate_served(const ServedRuns& served, const std::vector<std::string>& overrides, const NewData& data) {
  const auto loaded = load(served, overrides, data);
  Json result = {{"setting", served.setting}, {"runs", served.names()}, {"diverged", served.diverged}};
  Json members;
  const auto add = [&](const char* name, const Dataset& split) {
    if (split.size() == 0) return;
    const auto metrics = evaluate_ensemble(loaded.members, split, loaded.options);
    result[name] = to_json(metrics.together);
    members[name] = to_json(metrics.mean());
  };
  add("test", loaded.data.test);
  add("validation", loaded.data.validation);
  result["members"] = std::move(members);
  return result;
}

Json fit_temperature_of(const ServedRuns& served, const std::vector<std::string>& overrides) {
  const auto loaded = load(served, overrides);
  const auto path = served.path.string();
  if (loaded.description.classes == 0)
    throw ConfigError(
        fmt::format("--temperature: {} does not predict classes, and has no probabilities to scale", path));
  if (loaded.data.validation.size() == 0)
    throw ConfigError(
        fmt::format("--temperature: {} held no validation split out (data.validation), and there is nothing "
                    "to fit a temperature to",
                    path));
  const auto validation = probabilities_of(loaded, loaded.data.validation);
  const double temperature = fit_temperature(validation.of_classes, validation.labels);
  Json fit = {{"temperature", temperature}, {"validation", before_and_after(validation, temperature)}};
  write_temperature(served, temperature, fit);
  fit["test"] = before_and_after(probabilities_of(loaded, loaded.data.test), temperature);
  return fit;
}

void write_ensemble(const std::filesystem::path& sweep) {
  ServedRuns served;
  try {
    served = find_runs(sweep);
  } catch (const ConfigError&) {
    return;  // nothing was held out to choose a setting by
  }
  if (served.runs.size() > 1 && served.one_split)
    write_file_atomically(sweep / "ensemble.json", json_text(evaluate_served(served), 2) + '\n');
}

}  // namespace vib
