#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "vib/report/run_report.h"
#include "vib/report/sweep_report.h"

namespace vib::app {
namespace {

namespace fs = std::filesystem;

void write_report(const fs::path& directory) {
  if (fs::exists(directory / "sweep.csv")) return write_sweep_report(directory);
  if (fs::exists(directory / "metrics.jsonl")) return write_run_report(directory);
  throw StateError(fmt::format(
      "{}: neither a run (no metrics.jsonl) nor a sweep (no sweep.csv), or one in which nothing has ended yet",
      directory.string()));
}

}  // namespace

void add_report(CLI::App& app, Run& run) {
  const auto directory = std::make_shared<std::string>();
  const auto output = std::make_shared<Output>();
  auto* command =
      app.add_subcommand("report", "draw what a run or a sweep wrote: report.html, and its pictures as SVG");
  command->add_option("directory", *directory, "directory of a run or a sweep")->type_name("DIR")->required();
  add_output_flags(*command, *output);
  command->callback([directory, output, &run] {
    run = [directory, output] {
      write_report(*directory);
      if (!output->quiet) fmt::print("{}/report.html\n", *directory);
      return kDone;
    };
  });
}

}  // namespace vib::app
