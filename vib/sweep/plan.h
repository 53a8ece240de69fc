#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "vib/experiment/experiment_config.h"

namespace vib {

/// One model of a sweep.
struct Trial {
  std::string name;                                         ///< a directory name: "beta-0.001_seed-3"
  std::vector<std::pair<std::string, std::string>> values;  ///< each swept key and its value, in the order of the axes
  bool baseline = false;                                    ///< the deterministic anchor: β = 0, no noise
  ExperimentConfig config;
};

/// What a sweep is going to train.
struct SweepPlan {
  SweepConfig sweep;  ///< `vary` as it holds: the file's axes and the command line's
  std::vector<std::string> keys;
  std::vector<Trial> trials;                     ///< the last axis moves fastest; baselines at the end
  std::vector<std::vector<std::size_t>> groups;  ///< indices of trials that can be trained as one, in their order
  std::string resolved;
};

/// The sweep of `file` and the command line's `arguments`, overrides and axes (see parse_axis).
///
/// An axis of the command line replaces the file's of the same key in its place, an override removes it, other axes
/// come behind the file's. A trial's config is load_experiment_config's for the overrides and its values, so each one
/// is checked in the usual words. The file itself need not pass what is checked of keys together.
///
/// With sweep.baseline each seed and combination of the other keys has one trial with model.deterministic = true and
/// β = 0; one that is deterministic anyway, whatever its β, is the baseline instead of a double of it. An axis below
/// objective.beta has the value "" there.
///
/// Trials of a group differ in nothing but seed and β. `resolved` is a configuration that plans the same sweep again;
/// max_replicas, which decides how trials are trained but not what comes out, has its default there.
///
/// Throws vib::ConfigError: no axis, two of one key, more than kMostTrials trials, two trials that are the same, and
/// whatever a trial's config is refused for (`FILE:LINE:COLUMN: sweep.vary: KEY=VALUE: …` for a value from the file).
SweepPlan plan_sweep(const std::filesystem::path& file, const std::vector<std::string>& arguments);

/// Each group in chunks of at most `max_replicas` trials, in order, whose sizes differ by one at most; 0: as it is.
std::vector<std::vector<std::size_t>> split_groups(const std::vector<std::vector<std::size_t>>& groups,
                                                   std::int64_t max_replicas);

}  // namespace vib
