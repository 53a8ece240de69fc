#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "apps/vib/interrupt.h"
#include "vib/core/atomic_file.h"
#include "vib/experiment/experiment.h"

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
std::filesystem::path default_directory(const std::string& config) {
  const auto now = std::time(nullptr);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", std::localtime(&now));
  return std::filesystem::path("runs") / fmt::format("{}-{}", std::filesystem::path(config).stem().string(), stamp);
}

int train(const TrainArguments& args) {
  if (args.resume && args.out.empty()) throw ConfigError("--resume: say which run to continue with --out DIR");
  const auto config = load_experiment_config(args.config, args.overrides);
  const RunDirectory run(args.out.empty() ? default_directory(args.config) : std::filesystem::path(args.out));

  const InterruptGuard interrupts;
  RunObserver observer;
  observer.stop = InterruptGuard::interrupted;
  observer.on_epoch = [](const Trainer& t) {
    const auto& r = t.history().back();
    fmt::print(stderr, "epoch {} loss {:.4f} rate {:.2f} error {:.4f} {:.1f} s\n", r.epoch, r.train.loss_bits,
               r.train.rate_bits.value_or(0), r.train.error, r.seconds);
  };
  if (run_experiment(config, run, args.resume, observer) == RunStatus::kInterrupted) {
    fmt::print(stderr, "interrupted; continue with: vib train {} --out {} --resume\n", run.config().string(),
               run.path().string());
    return kInterrupted;
  }
  fmt::print("{}", read_file(run.summary()));
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
  add_output_flags(*command, args->output);
  command->callback([args, &run] { run = [args] { return train(*args); }; });
}

}  // namespace vib::app
