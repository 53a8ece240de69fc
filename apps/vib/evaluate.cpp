#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "vib/core/error.h"
#include "vib/experiment/experiment.h"
#include "vib/report/ensemble_table.h"
#include "vib/report/table.h"
#include "vib/serve/evaluate_served.h"

namespace vib::app {
namespace {

struct EvaluateArguments {
  std::string run;
  std::string data;
  std::string targets;
  std::int64_t draws = 0;
  std::vector<std::string> overrides;
  std::string setting;
  bool temperature = false;
  Output output;
};

int evaluate(const EvaluateArguments& args) {
  if (args.data.empty() && !args.targets.empty()) throw ConfigError("--targets: belongs to --data FILE");
  if (args.data == "-") throw ConfigError("--data: - (standard input) is for `vib predict` alone; give a file");
  const auto served = find_runs(args.run, args.setting);
  auto overrides = args.overrides;
  if (args.draws > 0) overrides.push_back(fmt::format("evaluate.samples={}", args.draws));
  const NewData data{args.data, args.targets};
  auto result =
      served.sweep ? evaluate_served(served, overrides, data) : evaluate_run(served.runs.front(), overrides, data);
  const auto table = served.sweep ? ensemble_table(result) : summary_table(result.dump());
  if (args.temperature) result["temperature"] = fit_temperature_of(served, overrides);
  if (args.output.json) {
    fmt::print("{}\n", json_text(result, 2));
  } else {
    fmt::print("{}\n", table);
    if (args.temperature) fmt::print("{}\n", temperature_table(result["temperature"]));
  }
  return kDone;
}

}  // namespace

void add_evaluate(CLI::App& app, Run& run) {
  const auto args = std::make_shared<EvaluateArguments>();
  auto* command =
      app.add_subcommand("evaluate", "evaluate a finished run or sweep anew, e.g. with evaluate.samples=100");
  command->add_option("run", args->run, "directory of a run, or of a sweep, whose seeds are evaluated as one model")
      ->type_name("RUN|SWEEP")
      ->required();
  command
      ->add_option("--data", args->data,
                   "new examples instead of the run's own: what it was trained on, a CSV table, tensors, IDX images, a "
                   "folder of images "
                   "for each class, or "
                   "texts, one on each line")
      ->type_name("FILE");
  command->add_option("--targets", args->targets, "their labels or values, where these stand in a file of their own")
      ->type_name("FILE");
  command->add_option("--draws", args->draws, "draws of z per example (default: the run's evaluate.samples)")
      ->type_name("M")
      ->check(CLI::Range(1, 100000));
  command->add_option("overrides", args->overrides, "key=value over the run's configuration")->type_name("key=value");
  command->add_option("--setting", args->setting, "of a sweep, key=value[,key=value] (default: the best by validation)")
      ->type_name("SETTING");
  command->add_flag("--temperature", args->temperature,
                    "fits one temperature to the probabilities on the validation split, and keeps it");
  add_output_flags(*command, args->output);
  command->callback([args, &run] { run = [args] { return evaluate(*args); }; });
}

}  // namespace vib::app
