#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "apps/vib/interrupt.h"
#include "apps/vib/training_progress.h"
#include "apps/vib/workers.h"
#include "vib/experiment/json.h"
#include "vib/experiment/sweep.h"
#include "vib/report/sweep_report.h"
#include "vib/report/sweep_table.h"

namespace vib::app {
namespace {

struct SweepArguments {
  std::string config;
  std::vector<std::string> values;
  std::string out;
  int jobs = 1;
  bool worker = false;
  Output output;
};

std::size_t ended(const SweepPlan& plan, const SweepDirectory& directory) {
  return std::ranges::count_if(
      plan.trials, [&](const Trial& trial) { return directory.status(trial) != TrialStatus::kPending; });
}

void announce(const SweepPlan& plan, const SweepSchedule& schedule, const SweepDirectory& directory) {
  fmt::print(stderr, "{}: {} trials in {} groups of at most {} models as one, about {:.0f} MB each; {:.1f} GB free\n",
             directory.path().string(), plan.trials.size(), schedule.groups.size(), schedule.largest,
             schedule.bytes_per_model / 1e6, schedule.bytes_available / 1e9);
  if (const auto done = ended(plan, directory); done > 0)
    fmt::print(stderr, "{} of them have ended already\n", done);
  for (const auto& reason : schedule.not_replicable)
    fmt::print(stderr, "trained one by one, since {}\n", reason);
}

/// Trains in this process.
RunStatus train_here(const SweepPlan& plan, const SweepSchedule& schedule, const SweepDirectory& directory,
                     Progress& progress) {
  ProgressPace pace;
  SweepObserver observer;
  observer.stop = InterruptGuard::interrupted;
  observer.on_step = [&](std::size_t group, const Trainer& trainer) {
    if (!pace.due(trainer)) return;
    auto update = describe_progress(trainer);
    update.context = fmt::format("group {}/{} ({} models)", group + 1, schedule.groups.size(), trainer.replicas());
    // The groups behind this one take about as long for each model and epoch.
    double models_left = 0;
    for (std::size_t g = group + 1; g < schedule.groups.size(); ++g)
      models_left += static_cast<double>(schedule.groups[g].size());
    const double steps = static_cast<double>(trainer.steps_per_epoch() * trainer.options().epochs());
    update.seconds_left += models_left / static_cast<double>(trainer.replicas()) * steps * trainer.seconds_in_epoch() /
                           static_cast<double>(trainer.step_in_epoch());
    progress.update(update);
  };
  return run_sweep(plan, schedule, directory, observer);
}

/// Trains in other processes, and tells from their files how far they are.
RunStatus train_in_workers(const SweepArguments& args, const SweepPlan& plan, const SweepDirectory& directory,
                           Progress& progress) {
  std::vector<std::string> arguments = {"sweep", args.config};
  arguments.insert(arguments.end(), args.values.begin(), args.values.end());
  for (const auto& more : {std::string("--out"), args.out, "--jobs=" + std::to_string(args.jobs), std::string("--worker")})
    arguments.push_back(more);
  Workers workers(args.jobs, arguments);

  const auto epochs_done = [&] {
    std::size_t epochs = 0;
    for (const auto& trial : plan.trials) epochs += directory.epochs_done(trial);
    return epochs;
  };
  std::size_t all = 0;
  for (const auto& trial : plan.trials) all += static_cast<std::size_t>(trial.config.train.epochs);
  const auto start = std::chrono::steady_clock::now();
  const auto done_before = epochs_done();
  bool told = false;
  while (workers.running()) {
    if (InterruptGuard::interrupted() && !std::exchange(told, true)) workers.interrupt();
    const auto done = epochs_done();
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ProgressUpdate update;
    update.context = fmt::format("{} of {} trials ended, {} workers", ended(plan, directory), plan.trials.size(), args.jobs);
    update.epoch = static_cast<int>(done);
    update.epochs = static_cast<int>(all);
    update.steps = 1;
    if (done > done_before)
      update.seconds_left = seconds * static_cast<double>(all - done) / static_cast<double>(done - done_before);
    progress.update(update);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  if (workers.exit_code() == kInterrupted || told) return RunStatus::kInterrupted;
  if (workers.exit_code() != 0) throw Error("a worker failed; its message stands above");
  return RunStatus::kFinished;
}

// A worker's threads are its share of the cores, written into the plan so that a restart finds the same runs.
void divide_threads(SweepArguments& args) {
  const auto names_threads = [](const std::string& value) { return value.starts_with("threads="); };
  if (args.jobs <= 1 || std::ranges::any_of(args.values, names_threads)) return;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  args.values.push_back(fmt::format("threads={}", std::max(1, cores / args.jobs)));
}

int sweep(SweepArguments args) {
  if (args.out.empty()) args.out = (std::filesystem::path("runs") / std::filesystem::path(args.config).stem()).string();
  divide_threads(args);
  const auto plan = plan_sweep(args.config, args.values);
  const SweepDirectory directory(args.out);
  const InterruptGuard interrupts;
  if (args.worker) {
    end_with_parent();
    const auto status = run_sweep(plan, schedule_sweep(plan, args.jobs), directory, {InterruptGuard::interrupted, nullptr});
    return status == RunStatus::kInterrupted ? kInterrupted : kDone;
  }

  const auto schedule = schedule_sweep(plan, args.jobs);
  directory.open(plan);
  if (!args.output.quiet) announce(plan, schedule, directory);
  Progress progress(args.output.quiet);
  const auto status = args.jobs > 1 ? train_in_workers(args, plan, directory, progress)
                                    : train_here(plan, schedule, directory, progress);
  progress.clear();
  if (status == RunStatus::kInterrupted) {
    fmt::print(stderr, "interrupted, and saved; the same command goes on\n");
    return kInterrupted;
  }
  if (!directory.close(plan)) throw StateError(fmt::format("{}: another process is training the rest", args.out));
  write_sweep_report(directory.path());
  const auto results = read_sweep(directory.path());
  if (args.output.json) {
    fmt::print("{}\n", Json({{"sweep", args.out}, {"trials", plan.trials.size()}, {"table", directory.table().string()}}).dump());
  } else {
    fmt::print("{}\nsweep: {}\npicture: {}\n", sweep_table(results), args.out,
               (directory.path() / "report.html").string());
  }
  return kDone;
}

}  // namespace

void add_sweep(CLI::App& app, Run& run) {
  const auto args = std::make_shared<SweepArguments>();
  auto* command = app.add_subcommand("sweep", "train a grid of models, several at once; called again, it goes on");
  command->add_option("config", args->config, "YAML file")->type_name("CONFIG")->required();
  command->add_option("values", args->values,
                      "key=v1,v2,... | key=log:LO:HI:N | key=lin:LO:HI:N | key=A..B, e.g. objective.beta=log:1e-6:1:13; "
                      "key=value fixes one")
      ->type_name("key=values");
  command->add_option("--out", args->out, "directory (default: runs/NAME)")->type_name("DIR");
  command->add_option("--jobs", args->jobs, "processes that train groups at the same time, the cores divided")
      ->check(CLI::Range(1, 256));
  command->add_flag("--worker", args->worker)->group("");  // one of --jobs
  add_output_flags(*command, args->output);
  command->callback([args, &run] { run = [args] { return sweep(*args); }; });
}

}  // namespace vib::app
