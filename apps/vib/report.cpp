#include <memory>
#include <string>

#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "vib/report/run_report.h"

namespace vib::app {

void add_report(CLI::App& app, Run& run) {
  const auto directory = std::make_shared<std::string>();
  const auto output = std::make_shared<Output>();
  auto* command = app.add_subcommand("report", "draw what a run wrote: report.html, curves.svg, curves.csv");
  command->add_option("run", *directory, "run directory")->type_name("DIR")->required();
  add_output_flags(*command, *output);
  command->callback([directory, output, &run] {
    run = [directory, output] {
      write_run_report(*directory);
      if (!output->quiet) fmt::print("{}/report.html\n", *directory);
      return kDone;
    };
  });
}

}  // namespace vib::app
