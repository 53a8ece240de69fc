#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/vib/commands.h"
#include "apps/vib/say.h"
#include "vib/config/suggestion.h"
#include "vib/core/json.h"
#include "vib/export/export_run.h"

namespace vib::app {
namespace {

struct ExportArguments {
  std::string run;
  std::string format;
  std::string out;
  std::int64_t draws = 0;
  std::string setting;
  Output output;
};

Json to_json(const std::vector<Port>& ports) {
  Json list = Json::array();
  for (const auto& port : ports) {
    Json shape = Json::array();
    for (const auto& [size, name] : port.shape) shape.push_back(name.empty() ? Json(size) : Json(name));
    list.push_back({{"name", port.name}, {"type", name_of(port.type)}, {"shape", shape}});
  }
  return list;
}

// "inputs uint8 [batch, 1, 28, 28]"
std::string describe(const std::vector<Port>& ports) {
  std::vector<std::string> texts;
  for (const auto& port : ports) {
    std::vector<std::string> shape;
    for (const auto& [size, name] : port.shape) shape.push_back(name.empty() ? std::to_string(size) : name);
    texts.push_back(fmt::format("{} {} [{}]", port.name, name_of(port.type), fmt::join(shape, ", ")));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

int export_model(const ExportArguments& args) {
  const auto done =
      export_run(args.run, {.format = args.format, .file = args.out, .draws = args.draws, .setting = args.setting});
  if (!done.diverged.empty()) say("diverged and left out: {}\n", fmt::join(done.diverged, ", "));
  if (!done.without_rate.empty())
    say("without rate_bits: against the prior {} it has no closed form; vib predict and vib evaluate give it\n",
        done.without_rate);
  if (args.output.json) {
    const Json result = {{"run", args.run},
                         {"format", args.format},
                         {"file", done.file.string()},
                         {"bytes", done.bytes},
                         {"tensors", done.tensors},
                         {"inputs", to_json(done.inputs)},
                         {"outputs", to_json(done.outputs)}};
    fmt::print("{}\n", json_text(result));
    return kDone;
  }
  const auto ports = done.inputs.empty() ? fmt::format("{} tensors", done.tensors)
                                         : fmt::format("{} -> {}", describe(done.inputs), describe(done.outputs));
  const auto size = done.bytes > 0 ? fmt::format("{} bytes, ", done.bytes) : "";
  fmt::print("{}: {}{}\n", done.file.string(), size, ports);
  return kDone;
}

}  // namespace

void add_export(CLI::App& app, Run& run) {
  const auto args = std::make_shared<ExportArguments>();
  std::vector<std::string> names, meanings, files;
  for (const auto& format : ExportFormat::all()) {
    names.push_back(format.name);
    meanings.push_back(fmt::format("{} ({})", format.name, format.meaning));
    files.push_back(format.file);
  }
  auto* command = app.add_subcommand("export", "the network or its weights as a file for other programs");
  command->add_option("run", args->run, "directory of a finished run, or of a sweep, whose seeds become one network")
      ->type_name("RUN|SWEEP")
      ->required();
  command->add_option("--format", args->format, listed(meanings))
      ->type_name("FORMAT")
      ->required()
      ->check(CLI::IsMember(names));
  command->add_option("--out", args->out, fmt::format("file to write (default: {} in RUN)", listed(files)))
      ->type_name("FILE");
  command->add_option("--draws", args->draws, "predict with the mean over M draws of z (default: with z = μ)")
      ->type_name("M")
      ->check(CLI::Range(1, 100000));
  command->add_option("--setting", args->setting, "of a sweep, key=value[,key=value] (default: the best by validation)")
      ->type_name("SETTING");
  add_output_flags(*command, args->output);
  command->callback([args, &run] { run = [args] { return export_model(*args); }; });
}

}  // namespace vib::app
