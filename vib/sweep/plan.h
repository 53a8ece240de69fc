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
  std::vector<std::pair<std::string, std::string>> values;  ///< the case, each swept key and its value
  bool baseline = false;                                    ///< the deterministic anchor: β = 0, no noise
  ExperimentConfig config;
};

/// What a sweep is going to train.
struct SweepPlan {
  SweepConfig sweep;  ///< `vary` and `cases` as they hold: the file's and the command line's
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
/// The cases of sweep.cases, or those that `case=NAME,...` takes, are crossed with the axes. A case has its own value
/// of what it sets, and that axis does not vary in it ("" for a key below what it sets, and for β in a deterministic
/// case).
///
/// sweep.baseline is the case {model.deterministic: true, objective.beta: 0}: each seed and combination of the other
/// keys has one such trial; one that is deterministic anyway, whatever its β, is the baseline instead of a double of
/// it.
///
/// Trials of a group differ in nothing but seed and β. `resolved` is a configuration that plans the same sweep again;
/// max_replicas, which decides how trials are trained but not what comes out, has its default there.
///
/// Throws vib::ConfigError: no axis and no case, two axes of one key, more than kMostTrials trials, two trials that are
/// the same, and whatever a trial's config is refused for (`FILE:LINE:COLUMN: sweep.vary: KEY=VALUE: …` for a value
/// from the file).
SweepPlan plan_sweep(const std::filesystem::path& file, const std::vector<std::string>& arguments);

/// Each group in chunks of at most `max_replicas` trials, in order, whose sizes differ by one at most; 0: as it is.
std::vector<std::vector<std::size_t>> split_groups(const std::vector<std::vector<std::size_t>>& groups,
                                                   std::int64_t max_replicas);

}  // namespace vib
