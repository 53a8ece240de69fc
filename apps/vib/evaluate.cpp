#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "vib/core/error.h"
#include "vib/experiment/experiment.h"
#include "vib/report/table.h"

namespace vib::app {
namespace {

struct EvaluateArguments {
  std::string run;
  std::string data;
  std::string targets;
  std::vector<std::string> overrides;
  Output output;
};

int evaluate(const EvaluateArguments& args) {
  if (args.data.empty() && !args.targets.empty()) throw ConfigError("--targets: belongs to --data FILE");
  const RunDirectory run(args.run);
  const auto result = (args.data.empty() ? evaluate_run(run, args.overrides)
                                         : evaluate_run_on(run, args.data, args.targets, args.overrides))
                          .dump(2);
  fmt::print("{}\n", args.output.json ? result : summary_table(result));
  return kDone;
}

}  // namespace

void add_evaluate(CLI::App& app, Run& run) {
  const auto args = std::make_shared<EvaluateArguments>();
  auto* command = app.add_subcommand("evaluate", "evaluate a finished run anew, e.g. with evaluate.samples=100");
  command->add_option("run", args->run, "run directory")->type_name("RUN")->required();
  command
      ->add_option(
          "--data", args->data,
          "new examples instead of the run's own: what it was trained on, a CSV table, tensors, IDX images, or "
          "texts, one on each line")
      ->type_name("FILE");
  command->add_option("--targets", args->targets, "their labels or values, where these stand in a file of their own")
      ->type_name("FILE");
  command->add_option("overrides", args->overrides, "key=value over the run's configuration")->type_name("key=value");
  add_output_flags(*command, args->output);
  command->callback([args, &run] { run = [args] { return evaluate(*args); }; });
}

}  // namespace vib::app
