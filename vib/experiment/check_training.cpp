#include "vib/experiment/check_training.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/config/field.h"
#include "vib/core/error.h"
#include "vib/core/memory.h"
#include "vib/data/batches.h"
#include "vib/evaluate/metric.h"

namespace vib {
namespace {

void collect_sizes(const Section& section, const std::string& prefix, std::vector<std::string>& sizes) {
  for (const auto* field : fields_in_use(section)) {
    const auto key = prefix + field->key;
    if (field->section)
      collect_sizes(*field->section, key + '.', sizes);
    else if (key.starts_with("model.") && field->allowed.find("integer") != std::string::npos)
      sizes.push_back(fmt::format("{}: {}", key, field->write()));
  }
}

void check_memory(double bytes, const std::string& what, const std::string& keys) {
  if (bytes > total_memory())
    throw ConfigError(fmt::format("{} need {:.3g} GB of memory, and this machine has {:.3g} GB; lower {}", what,
                                  bytes / 1e9, total_memory() / 1e9, keys));
}

/// An epoch can only be chosen by a number that such a model has on such data.
void check_monitor(const std::string& monitor, const VibModelImpl& model, const Dataset& validation) {
  if (monitor == "auto" || monitor == "loss_bits") return;
  std::vector<std::string> there = {"auto", "loss_bits"};
  for (const auto& metric : metrics()) {
    if (metric.exists && !metric.exists(model, validation)) continue;
    // Selection takes rmse for the error of values.
    if (metric.info.key == monitor || (metric.info.key == "rmse" && monitor == "error")) return;
    if (metric.info.better != Better::kNeither) there.push_back(metric.info.key);
  }
  throw ConfigError(fmt::format("train.monitor: {}: such a model has no such number on these data; allowed: {}",
                                monitor, fmt::join(there, ", ")));
}

void check_prior(const Chosen<PriorPart>& prior, const std::vector<BatchRange>& batches, std::int64_t examples) {
  if (!prior.part().training_misfit) return;
  const auto smallest = batches.back().size();  // the last
  if (const auto misfit = prior.part().training_misfit(prior.options(), examples, smallest))
    throw ConfigError(fmt::format("model.prior.{}: {}", misfit->key, misfit->reason));
}

}  // namespace

double training_bytes(const VibModel& model, const ExperimentConfig& config) {
  double parameters = 0;
  for (const auto& p : model->parameters()) parameters += static_cast<double>(p.numel());
  const double floats = 3 + (config.optimizer.update.type() == UpdateRule::kSgd ? 1 : 2) +
                        (config.optimizer.ema > 0 ? 1 : 0) + (config.data.holds_out() ? 2 : 0);
  return 4 * floats * parameters;
}

void check_training(const ExperimentConfig& config, const VibModel& model, const DataSplits& data) {
  const auto batch = config.train.batch_size, examples = data.train.size();
  if (config.train.drop_last && batch > examples)
    throw ConfigError(
        fmt::format("train.drop_last: true leaves nothing to train on: train.batch_size is {}, and there are {} "
                    "examples; allowed: false, or a train.batch_size of at most {}",
                    batch, examples, examples));
  if (!config.information.epochs.empty() && (data.train.classes == 0 || !data.train.targets.defined()))
    throw ConfigError(
        "information.epochs: layers are asked what they know of classes, and these data have none; leave it empty");
  config.regularisers.check(*model);
  check_prior(config.model.prior, batch_ranges(examples, batch, config.train.drop_last), examples);
  if (data.validation.size() > 0) check_monitor(config.train.monitor, *model, data.validation);
  if (!data.train.inputs.device().is_cpu()) return;
  check_memory(training_bytes(model, config), "model: its weights, and what training keeps of each,",
               sizes_of_model(config));
  // ε, z and the gradient of z.
  const auto draws = 3.0 * sizeof(float) * static_cast<double>(config.samples) *
                     static_cast<double>(std::min(batch, examples)) * static_cast<double>(model->latent());
  check_memory(draws, "objective.samples: the draws of z for one batch",
               fmt::format("objective.samples: {}, train.batch_size: {} or model.latent.dim: {}", config.samples, batch,
                           model->latent()));
}

std::string sizes_of_model(ExperimentConfig config) {
  std::vector<std::string> sizes;
  collect_sizes(Section([&](Section& s) { describe(s, config); }), "", sizes);
  return fmt::format("{}", fmt::join(sizes, ", "));
}

}  // namespace vib
