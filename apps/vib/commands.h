#pragma once

#include <functional>
#include <vector>

#include <CLI/CLI.hpp>

#include "vib/core/error.h"
#include "vib/experiment/experiment_config.h"

namespace vib::app {

/// The program's exit codes: a contract with scripts.
enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2, kData = 3, kInterrupted = 130 };

/// What every subcommand takes.
struct Output {
  bool quiet = false;  ///< no progress on stderr
  bool json = false;   ///< a machine-readable result on stdout
};

/// What a subcommand does when it is called; gives an exit code.
using Run = std::function<int()>;

/// Says on stderr where a run would be slow for a reason that is easily changed.
void warn_of_slowness(const ExperimentConfig& config, const Output& output);

/// `--quiet` and `--json`.
void add_output_flags(CLI::App& command, Output& output);

}  // namespace vib::app
