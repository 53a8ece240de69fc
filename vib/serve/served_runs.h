#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "vib/experiment/run_directory.h"

namespace vib {

/// The runs that answer as one: a run alone, or those runs of a sweep that differ in their seed alone.
struct ServedRuns {
  std::filesystem::path path;              ///< what was asked for: RUN or SWEEP
  std::vector<RunDirectory> runs = {};     ///< finished, at least one
  std::string setting = {};                ///< "objective.beta=0.001"; empty where a sweep has one, and for a run
  std::vector<std::string> diverged = {};  ///< the names of this setting's runs that are left out
  bool sweep = false;
  bool one_split = true;  ///< whether all were trained on the same part of their data

  std::vector<std::string> names() const;  ///< of the runs: the last part of their paths
};

/// Whether a sweep is there.
bool is_sweep(const std::filesystem::path& path);

/// Of a sweep the runs of the setting with the lowest mean NLL on the validation split, or where `setting` is given,
/// "key=value,key=value", of the best one that has these values; "model.deterministic=true" means the baseline. The
/// choice needs no validation split where there is one setting to choose from.
///
/// Throws vib::ConfigError for a setting that the sweep does not have, where the choice cannot be made, and for a
/// setting of a run; vib::StateError where the sweep or the run is not finished.
ServedRuns find_runs(const std::filesystem::path& path, const std::string& setting = "");

}  // namespace vib
