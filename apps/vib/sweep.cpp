#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "apps/vib/interrupt.h"
#include "apps/vib/say.h"
#include "apps/vib/streams.h"
#include "apps/vib/training_progress.h"
#include "apps/vib/workers.h"
#include "vib/core/atomic_file.h"
#include "vib/core/json.h"
#include "vib/experiment/build.h"
#include "vib/report/data_table.h"
#include "vib/report/run_report.h"
#include "vib/report/sweep_report.h"
#include "vib/report/sweep_table.h"
#include "vib/serve/evaluate_served.h"
#include "vib/sweep/groups.h"

namespace vib::app {
namespace {

struct SweepArguments {
  std::string config;
  std::vector<std::string> values;
  std::string out;
  int jobs = 1;
  pid_t worker_of = 0;
  Output output;
};

bool has_ended(const SweepDirectory& directory, const Trial& trial) {
  return directory.status(trial) != TrialStatus::kPending;
}

std::size_t count_ended(const SweepPlan& plan, const SweepDirectory& directory) {
  return std::ranges::count_if(plan.trials, [&](const Trial& trial) { return has_ended(directory, trial); });
}

std::string counted(std::size_t count, const char* one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

void announce(const SweepPlan& plan, const SweepSchedule& schedule, const SweepDirectory& directory, bool with_data) {
  const auto sweep = directory.path().string();
  const auto trials = counted(plan.trials.size(), "trial");
  const auto ended = count_ended(plan, directory);
  if (ended == plan.trials.size()) return say("{}: {}, finished already\n", sweep, trials);
  if (with_data) say("{}\n", data_table(schedule.understood));
  say("{}: {} in {}, at most {} trained as one; about {:.1f} MB for each, {:.1f} GB in the machine\n", sweep, trials,
      counted(schedule.groups.size(), "group"), schedule.largest, schedule.bytes_per_model / 1e6,
      schedule.bytes_of_memory / 1e9);
  if (ended > 0) say("{} of them ended before\n", ended);
  for (const auto& reason : schedule.not_replicable) say("trained one by one, since {}\n", reason);
}

SweepObserver interruptible() {
  SweepObserver observer;
  observer.stop = InterruptGuard::interrupted;
  observer.while_training = [] { return std::make_shared<InterruptGuard>(); };
  return observer;
}

/// Trains in this process.
RunStatus train_here(const SweepPlan& plan, const SweepSchedule& schedule, const SweepDirectory& directory,
                     Progress& progress) {
  ProgressPace pace;
  auto observer = interruptible();
  observer.on_step = [&](std::size_t group, const Trainer& trainer) {
    if (!pace.due(trainer)) return;
    auto update = describe_progress(trainer);
    update.context =
        fmt::format("group {}/{} ({})", group + 1, schedule.groups.size(), counted(trainer.replicas(), "model"));
    // The groups behind this one take about as long for each model and epoch.
    double models_left = 0;
    for (std::size_t g = group + 1; g < schedule.groups.size(); ++g)
      for (const auto i : schedule.groups[g]) models_left += has_ended(directory, plan.trials[i]) ? 0 : 1;
    const double steps = static_cast<double>(trainer.steps_per_epoch() * trainer.options().epochs());
    update.seconds_left += models_left / static_cast<double>(trainer.replicas()) * steps * trainer.seconds_in_epoch() /
                           static_cast<double>(trainer.step_in_epoch());
    progress.update(update);
  };
  return run_sweep(plan, schedule, directory, observer);
}

/// Epochs of all trials together, those done and all. One that has ended early, ended all its epochs.
std::pair<std::size_t, std::size_t> count_epochs(const SweepPlan& plan, const SweepDirectory& directory) {
  std::size_t done = 0, all = 0;
  for (const auto& trial : plan.trials) {
    const auto epochs = static_cast<std::size_t>(trial.config.train.epochs);
    done += has_ended(directory, trial) ? epochs : directory.epochs_done(trial);
    all += epochs;
  }
  return {done, all};
}

std::string ended_by_signal(int signal) {
  auto message = fmt::format("a process of the sweep was ended by signal {} ({})", signal, ::strsignal(signal));
  if (signal == SIGKILL) message += "; the system does that where memory runs out: then try fewer --jobs";
  return message + "; the same command goes on";
}

/// Trains in other processes, and tells from their files how far they are.
RunStatus train_in_workers(const SweepArguments& args, const SweepPlan& plan, const SweepDirectory& directory,
                           Progress& progress) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::string> arguments = {"sweep", args.config};
  arguments.insert(arguments.end(), args.values.begin(), args.values.end());
  for (const auto& more :
       {std::string("--out"), args.out, fmt::format("--jobs={}", args.jobs), fmt::format("--worker-of={}", getpid())})
    arguments.push_back(more);
  const InterruptGuard interrupts;  // until all have saved what they trained
  Workers workers(args.jobs, arguments);

  const auto start = Clock::now();
  const auto done_before = count_epochs(plan, directory).first;
  const auto show = [&] {
    const auto [done, all] = count_epochs(plan, directory);
    ProgressUpdate update;
    update.context = fmt::format("{} of {} ended, {} working", count_ended(plan, directory),
                                 counted(plan.trials.size(), "trial"), workers.count());
    update.epoch = static_cast<int>(done);
    update.epochs = static_cast<int>(all);
    if (done > done_before)
      update.seconds_left = std::chrono::duration<double>(Clock::now() - start).count() *
                            static_cast<double>(all - done) / static_cast<double>(done - done_before);
    progress.update(update);
  };
  bool told = false;
  for (auto shown = start; workers.running(); std::this_thread::sleep_for(std::chrono::milliseconds(50))) {
    if (InterruptGuard::interrupted() && !std::exchange(told, true)) workers.interrupt();
    if (Clock::now() - shown < std::chrono::seconds(1)) continue;
    show();
    shown = Clock::now();
  }
  if (workers.exit_code() == kInterrupted || told) return RunStatus::kInterrupted;
  if (workers.exit_code() == kData)
    throw DataError("a process found no data that it can use; its message stands above");
  if (workers.exit_code() > 128) throw Error(ended_by_signal(workers.exit_code() - 128));
  if (workers.exit_code() != 0) throw Error("a process failed; its message stands above");
  return RunStatus::kFinished;
}

// The threads of each process are its share of the cores, written into the plan: they decide how numbers are rounded,
// so a restart has to have the same. Threads that somebody has chosen stay as they are.
SweepPlan plan_with_threads(SweepArguments& args) {
  auto plan = plan_sweep(args.config, args.values);
  const auto chosen = [](const Trial& trial) { return trial.config.threads > 0; };
  if (args.jobs <= 1 || std::ranges::any_of(plan.trials, chosen)) return plan;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  args.values.push_back(fmt::format("threads={}", std::max(1, cores / args.jobs)));
  return plan_sweep(args.config, args.values);
}

int work(const SweepArguments& args, const SweepPlan& plan, const SweepDirectory& directory) {
  end_with(args.worker_of);
  InterruptGuard::ignore_repeated();  // Ctrl-C reaches it from the terminal and from its parent
  set_last_words("");                 // its parent has them
  run_sweep(plan, schedule_sweep(plan, args.jobs), directory, interruptible());
  return kDone;
}

Json ensemble_json(const std::filesystem::path& file) {
  return read_json(file, "the file is damaged; remove it, and the same command writes it anew",
                   [](const JsonEntry& ensemble) { return ensemble.json(); });
}

int sweep(SweepArguments args) {
  if (args.out.empty()) args.out = (std::filesystem::path("runs") / std::filesystem::path(args.config).stem()).string();
  const auto plan = plan_with_threads(args);
  const SweepDirectory directory(args.out);
  if (args.worker_of != 0) return work(args, plan, directory);
  warn_of_slowness(plan.trials.front().config, args.output);

  const auto schedule = schedule_sweep(plan, args.jobs);
  const auto lock = directory.open(plan);
  set_last_words("interrupted; the same command goes on with what is saved");
  if (!args.output.quiet) announce(plan, schedule, directory, !args.output.json);
  Progress progress(args.output.quiet);
  const bool trains = count_ended(plan, directory) < plan.trials.size();
  const bool in_workers = args.jobs > 1 && trains;
  const auto status =
      in_workers ? train_in_workers(args, plan, directory, progress) : train_here(plan, schedule, directory, progress);
  progress.clear();
  if (status == RunStatus::kInterrupted) end_interrupted();  // a worker alone was
  if (!directory.close(plan)) throw StateError(fmt::format("{}: another process is training the rest", args.out));
  const auto ensemble = directory.path() / "ensemble.json";
  const auto finished = [&](const Trial& trial) { return directory.status(trial) == TrialStatus::kFinished; };
  if ((trains || !std::filesystem::exists(ensemble)) && std::ranges::any_of(plan.trials, finished))
    write_ensemble(directory.path());
  const auto report = (directory.path() / "report.html").string();
  if (args.output.json) {
    const auto diverged = [&](const Trial& trial) { return directory.status(trial) == TrialStatus::kDiverged; };
    const Json result = {{"sweep", args.out},
                         {"trials", plan.trials.size()},
                         {"diverged", std::ranges::count_if(plan.trials, diverged)},
                         {"table", directory.table().string()},
                         {"report", report},
                         {"ensemble", std::filesystem::exists(ensemble) ? ensemble_json(ensemble) : Json()}};
    fmt::print("{}\n", json_text(result));
  } else {
    fmt::print("{}\nsweep: {}\n", sweep_table(read_sweep(directory.path())), args.out);
  }
  push_result();  // the numbers are there, whatever becomes of the pictures
  for (const auto& trial : plan.trials)
    if (finished(trial)) write_run_report(directory.run(trial).path());
  write_sweep_report(directory.path());
  if (!args.output.json) fmt::print("picture: {}\n", report);
  return kDone;
}

}  // namespace

void add_sweep(CLI::App& app, Run& run) {
  const auto args = std::make_shared<SweepArguments>();
  auto* command = app.add_subcommand("sweep", "train a grid of models, several at once; called again, it goes on");
  command->add_option("config", args->config, "YAML file")->type_name("CONFIG")->required();
  command
      ->add_option("values", args->values,
                   "key=v1,v2,... | key=log:LO:HI:N | key=lin:LO:HI:N | key=A..B, e.g. objective.beta=log:1e-6:1:13; "
                   "key=value fixes one")
      ->type_name("key=values");
  command->add_option("--out", args->out, "directory (default: runs/NAME)")->type_name("DIR");
  command->add_option("--jobs", args->jobs, "processes that train groups at the same time, the cores divided")
      ->check(CLI::Range(1, 256));
  command->add_option("--worker-of", args->worker_of)->group("");  // the process that has --jobs
  add_output_flags(*command, args->output);
  command->callback([args, &run] { run = [args] { return sweep(*args); }; });
}

}  // namespace vib::app
