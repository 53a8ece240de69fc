#include "vib/serve/predict.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib::app {
namespace {

struct PredictArguments {
  std::string run;
  std::string input;
  std::vector<std::string> texts;
  std::string out;
  Output output;
};

int predict(const PredictArguments& args) {
  if (args.input.empty() == args.texts.empty()) throw ConfigError("predict: give a file or --text, one of the two");
  const RunDirectory run(args.run);
  const auto rows = args.texts.empty() ? predict_file(run, args.input) : predict_texts(run, args.texts);
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
  auto* command = app.add_subcommand("predict", "class or values, rate and entropy of every example in a file");
  command->add_option("run", args->run, "directory of a finished run")->type_name("RUN")->required();
  command
      ->add_option("input", args->input,
                   "what the run was trained on: IDX file of images, tensors (.npy, .npz:NAME, .pt:NAME, "
                   ".safetensors:NAME), CSV table, or texts, one on each line")
      ->type_name("INPUT");
  command->add_option("--text", args->texts, "a text instead of a file; may be given again")->type_name("TEXT");
  command->add_option("--out", args->out, "CSV file to write (default: stdout)")->type_name("FILE");
  add_output_flags(*command, args->output);
  command->callback([args, &run] { run = [args] { return predict(*args); }; });
}

}  // namespace vib::app
