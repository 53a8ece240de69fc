#include "vib/experiment/experiment.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <sstream>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/version.h>

#include "vib/core/atomic_file.h"
#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/core/sync_folder.h"
#include "vib/core/units.h"
#include "vib/core/utf8.h"
#include "vib/data/finite_examples.h"
#include "vib/experiment/check_training.h"
#include "vib/experiment/json.h"
#include "vib/experiment/layer_records.h"
#include "vib/experiment/metrics_file.h"
#include "vib/nn/weights.h"
#include "vib/version.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// {"test": ..., "test_raw": ..., "validation": ...}: of averaged weights, of raw ones where there are two sets.
/// Weights that do not fit are named as files of `run`.
Json evaluate_splits(VibModel& model, const TrainedWeights& weights, bool averaged, const RunDirectory& run,
                     const DataSplits& data, const EvaluateOptions& options) {
  Json result;
  if (averaged) {
    load_weights(*model, weights.raw, run.raw_weights().string());
    result["test_raw"] = to_json(evaluate(model, data.test, options));
  }
  load_weights(*model, weights.averaged, run.weights().string());
  result["test"] = to_json(evaluate(model, data.test, options));
  if (data.validation.size() > 0) result["validation"] = to_json(evaluate(model, data.validation, options));
  return result;
}

Json summarize(const ExperimentConfig& config, const Trainer& trainer, std::int64_t replica, const DataSplits& data) {
  const auto& history = trainer.history(replica);
  double seconds = 0;
  for (const auto& record : history) seconds += record.seconds;
  const auto examples =
      static_cast<double>(data.train.size() * trainer.replicas()) * static_cast<double>(history.size());
  const auto& chosen = history[static_cast<std::size_t>(trainer.best_epoch(replica) - 1)];
  return {{"format", 1},
          {"seed", config.seed},
          {"beta", chosen.beta},
          {"device", data.train.inputs.device().str()},
          {"precision", config.precision == Precision::kBfloat16 ? "bfloat16" : "float32"},
          {"threads", at::get_num_threads()},
          {"deterministic", config.model.bottleneck.deterministic()},
          {"replicas", trainer.replicas()},
          {"epochs", history.size()},
          {"best_epoch", trainer.best_epoch(replica)},
          {"train_seconds", seconds},
          {"examples_per_second", examples / seconds},
          {"versions", {{"vib", kVersion}, {"torch", TORCH_VERSION}}}};
}

/// Checkpoints, not more often than the configuration asks. What only the records of the layers hold is synced first.
class Checkpointer {
 public:
  Checkpointer(fs::path file, double interval, const std::vector<LayerRecords>& records)
      : file_(std::move(file)), interval_(interval), records_(records) {}

  void save(const Trainer& trainer) {
    for (const auto& of : records_) of.sync();
    save_tensors(file_, trainer.state(/*snapshot=*/false));
    last_ = now_seconds();
  }
  void save_if_due(const Trainer& trainer) {
    if (now_seconds() - last_ >= interval_) save(trainer);
  }

 private:
  fs::path file_;
  double interval_;
  const std::vector<LayerRecords>& records_;
  double last_ = now_seconds();
};

/// Throws vib::ConfigError: no program would read the configuration again.
void check_utf8(const std::string& resolved) {
  std::istringstream lines(resolved);
  for (std::string line; std::getline(lines, line);)
    if (!is_utf8(line))
      throw ConfigError(fmt::format(
          "\"{}\": is not UTF-8, which the run's config.yaml has to be; rename the folder or file that this names",
          valid_utf8(line.substr(line.find_first_not_of(' ')))));
}

/// The configuration that repeats the run from anywhere.
std::string resolved_config(ExperimentConfig config) {
  config.data = with_absolute_root(std::move(config.data));
  auto resolved = dump_experiment_config(std::move(config));
  check_utf8(resolved);
  return resolved;
}

/// Whatever can be refused is refused before anything is made: a folder left behind would be in the way of the next
/// attempt.
[[nodiscard]] FileLock open_run(const ExperimentConfig& config, RunDirectory& run, const DataSplits& data,
                                const DataDescription& description, bool resume) {
  check_training(config, build_model(config, description, torch::kCPU), data);
  const auto prepared = to_json(description).dump(2) + '\n';
  auto lock = run.open(resolved_config(config), resume);
  if (fs::exists(run.data()))  // it goes on with the data that it began with
    check_unchanged(description.files, read_data_description(run.data()).files);
  else
    write_file_atomically(run.data(), prepared);
  return lock;
}

void write_history(const GroupMember& member, MetricsFile& metrics, const History& history) {
  metrics.write(history);
  if (member.config.train.tensorboard) member.run.write_events(history);
}

void write_results(const GroupMember& member, MetricsFile& metrics, Trainer& trainer, std::int64_t replica,
                   VibModel& model, const DataSplits& data, double load_seconds) {
  const auto& [config, run] = member;
  write_history(member, metrics, trainer.history(replica));
  if (!trainer.history(replica).empty()) metrics.sync();
  if (const auto& failure = trainer.failure(replica); !failure.empty())
    return write_file_atomically(run.failure(), failure + '\n');

  const auto weights = trainer.chosen_weights(replica);
  const bool averaged = config.optimizer.ema > 0;
  const auto results = evaluate_splits(model, weights, averaged, run, data, evaluate_options(config));
  if (!std::isfinite(results["test"]["nll_bits"].get<double>())) {
    check_finite_examples(data.test);
    const auto broken = fmt::format(
        "training broke: the weights of epoch {} give no finite likelihood on the test set. Try a smaller "
        "optimizer.lr, "
        "or optimizer.clip_norm=1",
        trainer.best_epoch(replica));
    if (trainer.replicas() == 1) throw NonFiniteError(broken);
    return write_file_atomically(run.failure(), broken + '\n');
  }
  save_tensors(run.weights(), weights.averaged);
  if (averaged) save_tensors(run.raw_weights(), weights.raw);
  auto summary = summarize(config, trainer, replica, data);
  if (load_seconds > 0) summary["load_seconds"] = load_seconds;  // the runs of a sweep share what was loaded
  summary.update(results);
  write_file_atomically(run.summary(), summary.dump(2) + '\n');
}

/// Trains the members as one, from `checkpoint` where there is one.
RunStatus train_members(const std::vector<GroupMember>& members, const ExperimentData& experiment_data,
                        const fs::path& checkpoint, const RunObserver& observer, double load_seconds) {
  const auto& [data, description] = experiment_data;
  const auto& common = members.front().config;
  const auto device = data.train.inputs.device();
  const bool resumed = fs::exists(checkpoint);
  std::vector<Replica> replicas;
  std::vector<MetricsFile> metrics;
  for (const auto& [config, run] : members) {
    replicas.push_back({build_model(config, description, device), beta_of(config.beta), config.seed, config.seed});
    metrics.emplace_back(run.metrics());
    if (!resumed) start_prior(config, data.train, replicas.back().model);
  }

  set_up_threads(common, description, replicas.front().model, static_cast<std::int64_t>(members.size()));

  auto recording = recording_options(common.information, data);
  std::vector<LayerRecords> records;
  if (!recording.epochs().empty())
    for (const auto& member : members) records.emplace_back(member.run, to_bits(*recording.data().label_entropy()));
  recording.on_record([&](const LayerRecord& record) { records[record.replica].add(record); });

  Checkpointer checkpointer(checkpoint, common.train.checkpoint_seconds, records);
  auto options = trainer_options(common).stop(observer.stop).on_step(observer.on_step).recording(std::move(recording));
  options.on_epoch([&](const Trainer& trainer) {
    // The last state is kept until all results are written: whoever is killed before goes on from there.
    if (trainer.finished())
      checkpointer.save(trainer);
    else
      checkpointer.save_if_due(trainer);
    for (std::size_t r = 0; r < members.size(); ++r) write_history(members[r], metrics[r], trainer.history(r));
    if (observer.on_epoch) observer.on_epoch(trainer);
  });

  Trainer trainer(replicas, std::move(options));
  if (resumed) trainer.load_state(load_tensors(checkpoint), checkpoint.string());
  const bool begun = trainer.epoch() > 0 || trainer.step_in_epoch() > 0;
  for (const auto& of : records) of.resume_after(begun ? trainer.epoch() : -1);
  {
    const auto held = observer.while_training ? observer.while_training() : nullptr;
    trainer.fit(data.train, data.validation);
    if (!trainer.finished()) {
      checkpointer.save(trainer);
      return RunStatus::kInterrupted;
    }
  }
  for (std::size_t r = 0; r < members.size(); ++r)
    write_results(members[r], metrics[r], trainer, r, replicas[r].model, data, load_seconds);
  return RunStatus::kFinished;
}

}  // namespace

RunStatus run_experiment(const ExperimentConfig& config, RunDirectory& run, bool resume, const RunObserver& observer) {
  const auto device = set_up_compute(config);
  const auto load_start = now_seconds();
  const auto data = load_data(config.data, device);
  const auto load_seconds = now_seconds() - load_start;
  const auto description = with_training_warning(config, data);
  const auto lock = open_run(config, run, data.splits, description, resume);
  if (observer.on_data) observer.on_data(description.understood);
  return train_members({{config, run}}, data, run.checkpoint(), observer, load_seconds);
}

RunStatus run_group(const std::vector<GroupMember>& members, const ExperimentData& data, const fs::path& checkpoint,
                    const RunObserver& observer) {
  std::vector<FileLock> locks;
  for (auto [config, run] : members)
    locks.push_back(open_run(config, run, data.splits, with_training_warning(config, data), /*resume=*/true));
  try {
    const auto status = train_members(members, data, checkpoint, observer, 0);
    if (status == RunStatus::kFinished) remove_everything(checkpoint);
    return status;
  } catch (const NonFiniteError& e) {  // a group of one
    write_file_atomically(members.front().run.failure(), std::string(e.what()) + '\n');
    remove_everything(checkpoint);
    return RunStatus::kFinished;
  }
}

ExperimentConfig run_config(const RunDirectory& run, const std::vector<std::string>& overrides) {
  run.require_finished();
  return load_experiment_config(run.config(), overrides);
}

DataDescription run_data(const RunDirectory& run) {
  if (fs::exists(run.data())) return read_data_description(run.data());
  auto description = load_data(run_config(run).data, torch::kCPU).description;  // a run from before there was the file
  description.target_mean = description.target_scale = torch::Tensor();
  description.learns_variance = false;
  return description;
}

VibModel load_model(const RunDirectory& run, torch::Device device, bool raw) {
  const DefaultGeneratorGuard guard(device);  // initial weights are drawn on the way
  auto model = build_model(run_config(run), run_data(run), device);
  const auto file = raw ? run.raw_weights() : run.weights();
  load_weights(*model, load_tensors(file), file.string());
  model->eval();
  return model;
}

void check_evaluation_overrides(const std::vector<std::string>& overrides) {
  constexpr std::array kFree = {"evaluate.", "device=", "threads=", "seed=", "data.root="};
  for (const auto& text : overrides) {
    if (std::ranges::any_of(kFree, [&](const char* free) { return text.starts_with(free); })) continue;
    throw ConfigError(fmt::format(
        "{}: is none of what may be changed once a run is trained: evaluate.samples, evaluate.batch_size, device, "
        "threads, seed (of the draws), data.root (where the same files lie now), each as key=value; all else belongs "
        "to how it was trained. New data are given by --data FILE",
        text.substr(0, text.find('='))));
  }
}

DataSplits evaluation_splits(const ExperimentConfig& config, const DataDescription& prepared, const NewData& data,
                             torch::Device device) {
  if (!data.given()) return load_prepared(config.data, prepared, device);
  DataSplits splits;
  splits.test = read_labelled(prepared, data).to(device);
  return splits;
}

Json evaluate_run(const RunDirectory& run, const std::vector<std::string>& overrides, const NewData& data) {
  check_evaluation_overrides(overrides);
  const auto config = run_config(run, overrides);
  const auto device = set_up_compute(config);
  const auto prepared = run_data(run);
  const auto splits = evaluation_splits(config, prepared, data, device);
  const bool averaged = fs::exists(run.raw_weights());
  TrainedWeights weights;
  weights.averaged = load_tensors(run.weights());
  if (averaged) weights.raw = load_tensors(run.raw_weights());
  auto model = build_model(config, prepared, device);
  set_up_threads(config, prepared, model);
  return evaluate_splits(model, weights, averaged, run, splits, evaluate_options(config));
}

}  // namespace vib
