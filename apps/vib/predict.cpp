#include "vib/experiment/predict.h"

#include <memory>
#include <string>

#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "vib/core/atomic_file.h"

namespace vib::app {
namespace {

struct PredictArguments {
  std::string run;
  std::string input;
  std::string out;
  Output output;
};

int predict(const PredictArguments& args) {
  const auto rows = predict_file(RunDirectory(args.run), args.input);
  const auto text = args.output.json ? to_jsonl(rows) : to_csv(rows);
  if (args.out.empty())
    fmt::print("{}", text);
  else
    write_file_atomically(args.out, text);
  return kDone;
}

}  // namespace

void add_predict(CLI::App& app, Run& run) {
  const auto args = std::make_shared<PredictArguments>();
  auto* command = app.add_subcommand("predict", "class, probability, rate and entropy of every image in a file");
  command->add_option("run", args->run, "directory of a finished run")->type_name("RUN")->required();
  command->add_option("input", args->input, "IDX file of images, .gz or plain")->type_name("INPUT")->required();
  command->add_option("--out", args->out, "CSV file to write (default: stdout)")->type_name("FILE");
  add_output_flags(*command, args->output);
  command->callback([args, &run] { run = [args] { return predict(*args); }; });
}

}  // namespace vib::app
