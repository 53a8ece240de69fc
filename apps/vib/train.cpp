#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "apps/vib/interrupt.h"
#include "apps/vib/say.h"
#include "apps/vib/streams.h"
#include "apps/vib/training_progress.h"
#include "vib/config/reference.h"
#include "vib/core/atomic_file.h"
#include "vib/core/system_error.h"
#include "vib/experiment/experiment.h"
#include "vib/report/data_table.h"
#include "vib/report/progress.h"
#include "vib/report/run_report.h"
#include "vib/report/table.h"

namespace vib::app {
namespace {

struct TrainArguments {
  std::string config;
  std::vector<std::string> overrides;
  std::string out;
  bool resume = false;
  Output output;
};

// runs/NAME-20261121-134501: a new one for every run.
std::filesystem::path default_name(const std::string& config) {
  const auto now = std::time(nullptr);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", std::localtime(&now));
  return std::filesystem::path("runs") / fmt::format("{}-{}", std::filesystem::path(config).stem().string(), stamp);
}

std::string resume_command(const RunDirectory& run) {
  return fmt::format("vib train {} --out {} --resume", run.config().string(), run.path().string());
}

/// Runs `work`; where there is no room for its files, adds to the message how to go on.
template <typename Work>
auto run_where_there_is_room(const RunDirectory& run, const Work& work) try {
  return work();
} catch (const NoSpaceError& e) {
  if (!std::filesystem::exists(run.config())) throw;
  throw StateError(fmt::format("{}, then continue with: {}", e.what(), resume_command(run)));
}

int train(const TrainArguments& args) {
  if (args.resume && args.out.empty()) throw ConfigError("--resume: say which run to continue with --out DIR");
  const auto config = load_experiment_config(args.config, args.overrides);
  warn_of_slowness(config, args.output);
  auto run = args.out.empty() ? RunDirectory::next_free(default_name(args.config)) : RunDirectory(args.out);
  const auto tell_how_to_go_on = [&] {
    set_last_words(fmt::format("interrupted; continue with: vib train {} --out {} --resume", run.config().string(),
                               run.path().string()));
  };
  if (args.resume && std::filesystem::exists(run.config())) tell_how_to_go_on();

  Progress progress(args.output.quiet);
  ProgressPace pace;
  RunObserver observer;
  observer.stop = InterruptGuard::interrupted;
  observer.while_training = [] { return std::make_shared<InterruptGuard>(); };
  observer.on_step = [&](const Trainer& trainer) {
    if (pace.due(trainer)) progress.update(describe_progress(trainer));
  };
  observer.on_data = [&](const DataSummary& data) {
    tell_how_to_go_on();
    if (!args.output.quiet && !args.output.json) say("{}\n", data_table(data));
  };
  run_where_there_is_room(run, [&] { run_experiment(config, run, args.resume, observer); });
  progress.clear();

  const auto summary = read_file(run.summary());
  if (args.output.json) {
    fmt::print("{}", summary);
  } else {
    fmt::print("{}\nrun: {}\n", summary_table(summary), run.path().string());
  }
  push_result();  // the numbers are there, whatever becomes of the pictures
  set_last_words(fmt::format("interrupted; draw the report with: vib report {}", run.path().string()));
  run_where_there_is_room(run, [&] { write_run_report(run.path()); });
  if (!args.output.json) fmt::print("picture: {}\n", (run.path() / "report.html").string());
  return kDone;
}

}  // namespace

void add_train(CLI::App& app, Run& run) {
  const auto args = std::make_shared<TrainArguments>();
  auto* command = app.add_subcommand("train", "train a classifier as CONFIG says");
  command->add_option("config", args->config, "YAML file")->type_name("CONFIG")->required();
  command->add_option("overrides", args->overrides, "key=value over the file, e.g. objective.beta=1e-4")
      ->type_name("key=value");
  command->add_option("--out", args->out, "run directory (default: runs/NAME-TIME)")->type_name("DIR");
  command->add_flag("--resume", args->resume, "continue the run in --out");
  command->add_flag_callback(
      "--keys",
      [] {
        ExperimentConfig config;
        SweepConfig sweep;
        fmt::print("# Configuration\n\n{}",
                   config_reference([&](Section& s) { describe_with_sweep(s, config, sweep); }));
        throw CLI::Success();
      },
      "list every key of a configuration, with defaults, as Markdown");
  add_output_flags(*command, args->output);
  command->callback([args, &run] { run = [args] { return train(*args); }; });
}

}  // namespace vib::app
