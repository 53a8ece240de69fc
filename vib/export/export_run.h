#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "vib/export/format/formats.h"

namespace vib {

struct ExportOptions {
  std::string format = "torchscript";  ///< the name of an ExportFormat
  std::filesystem::path file;          ///< empty: the format's usual name, in the run's directory
  std::int64_t draws = 0;              ///< of z for a prediction; 0: z = μ
  std::string setting;                 ///< of a sweep, as find_runs() takes it
};

/// What was written.
struct ExportedFile {
  std::filesystem::path file;
  std::uintmax_t bytes = 0;           ///< 0 where `file` is a device or a pipe
  std::int64_t tensors = 0;           ///< weights in it
  std::vector<Port> inputs, outputs;  ///< none of weights alone
  std::string without_rate;           ///< the prior against which the rate has no closed form and is no output
  std::vector<std::string> diverged;  ///< runs of the setting that are left out
};

/// Writes a finished run's averaged weights, or the network that computes with them (see network_graph()), for other
/// programs; atomically. Of a sweep, the runs of one setting as one network that gives the mean of what they say. What
/// the network is, stands in the file's metadata, as strings. Throws vib::StateError where the run is not finished, its
/// network cannot be exported or the file not be written, and vib::ConfigError for a format that there is not, for
/// draws of weights alone and for the weights of several runs.
ExportedFile export_run(const std::filesystem::path& run, const ExportOptions& options);

}  // namespace vib
