#include "vib/sweep/groups.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/file_lock.h"
#include "vib/core/memory.h"
#include "vib/experiment/check_training.h"
#include "vib/nn/replicas.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

// More models share little that fewer do not, and their state outgrows the caches.
constexpr std::int64_t kFastTogetherOnCpu = 8;
constexpr std::int64_t kFastTogetherOnCuda = 64;

// Names the group by its members, so that a checkpoint never meets another group.
std::string group_name(const SweepPlan& plan, const std::vector<std::size_t>& group) {
  std::string names;
  for (const auto i : group) names += plan.trials[i].name + '\n';
  return fmt::format("{}-{:016x}", group.size(), std::hash<std::string>()(names));
}

}  // namespace

const ExperimentData& DataCache::get(const DataConfig& config, torch::Device device) {
  ExperimentConfig data_only;
  data_only.data = config;
  const auto key = dump_experiment_config(data_only) + device.str();
  if (key != key_) {
    data_ = load_data(config, device);
    key_ = key;
  }
  return data_;
}

SweepSchedule schedule_sweep(const SweepPlan& plan, int jobs) {
  SweepSchedule schedule;
  schedule.bytes_of_memory = total_memory();
  for (const auto& group : plan.groups) {
    const auto& config = plan.trials[group.front()].config;
    const auto device = set_up_compute(config);
    const auto& data = schedule.data->get(config.data, device);
    if (schedule.groups.empty()) schedule.understood = with_training_warning(config, data).understood;
    auto model = build_model(config, data.description, torch::kCPU);
    check_training(config, model, data.splits);
    const auto bytes = training_bytes(model, config);
    schedule.bytes_per_model = std::max(schedule.bytes_per_model, bytes);

    auto most = plan.sweep.max_replicas;
    if (most == 0) {
      most = device.is_cuda() ? kFastTogetherOnCuda : kFastTogetherOnCpu;
      if (device.is_cpu()) most = std::min<std::int64_t>(most, 0.5 * schedule.bytes_of_memory / jobs / bytes);
      most = std::min<std::int64_t>(most, (group.size() + jobs - 1) / jobs);
    }
    if (const auto reason = why_not_replicable(*model, config.precision == Precision::kBfloat16)) {
      if (std::ranges::find(schedule.not_replicable, *reason) == schedule.not_replicable.end())
        schedule.not_replicable.push_back(*reason);
      most = 1;
    }
    for (auto& part : split_groups({group}, std::max<std::int64_t>(most, 1))) {
      schedule.largest = std::max(schedule.largest, static_cast<std::int64_t>(part.size()));
      schedule.groups.push_back(std::move(part));
    }
  }
  return schedule;
}

RunStatus run_sweep(const SweepPlan& plan, const SweepSchedule& schedule, const SweepDirectory& directory,
                    const SweepObserver& observer) {
  const auto pending = [&](const std::vector<std::size_t>& group) {
    std::vector<std::size_t> rest;
    for (const auto i : group)
      if (directory.status(plan.trials[i]) == TrialStatus::kPending) rest.push_back(i);
    return rest;
  };
  const auto checkpoint_of = [&](const std::vector<std::size_t>& group) {
    return directory.checkpoints() / (group_name(plan, group) + ".pt");
  };

  directory.write_table(plan);
  for (std::size_t g = 0; g < schedule.groups.size(); ++g) {
    auto group = schedule.groups[g];
    const auto lock = FileLock::try_lock(directory.checkpoints() / (group_name(plan, group) + ".lock"));
    const auto rest = pending(group);
    if (!lock.held() || rest.empty()) continue;
    if (!fs::exists(checkpoint_of(group))) group = rest;  // some were trained in other company

    remove_temporaries(directory.checkpoints(), checkpoint_of(group).filename().string());
    std::vector<GroupMember> members;
    for (const auto i : group) members.push_back({plan.trials[i].config, directory.run(plan.trials[i])});
    RunObserver watcher;
    watcher.stop = observer.stop;
    watcher.while_training = observer.while_training;
    if (observer.on_step) watcher.on_step = [&](const Trainer& trainer) { observer.on_step(g, trainer); };
    const auto device = set_up_compute(members.front().config);
    const auto& data = schedule.data->get(members.front().config.data, device);
    const auto status = run_group(members, data, checkpoint_of(group), watcher);
    if (status == RunStatus::kInterrupted) return status;
    directory.write_table(plan);
  }
  return RunStatus::kFinished;
}

}  // namespace vib
