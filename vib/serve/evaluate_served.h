#pragma once

#include <string>
#include <vector>

#include "vib/core/json.h"
#include "vib/experiment/labelled_data.h"
#include "vib/serve/served_runs.h"

namespace vib {

/// Evaluates runs that answer as one, each as evaluate_run() does, on the same data:
///
///     {"setting":, "runs": [...], "diverged": [...], "test": {...}, "validation": {...},
///      "members": {"test": {...}, "validation": {...}}}
///
/// with the numbers of all together, and the means of what the members have alone. The probabilities are the mean of
/// the members', the rate is, too. With new data there is no "validation". Throws vib::ConfigError where the runs were
/// trained on different parts of their data, and these are asked for.
Json evaluate_served(const ServedRuns& served, const std::vector<std::string>& overrides = {},
                     const NewData& data = {});

/// Fits one temperature to the probabilities on the validation split, keeps it for `vib predict --temperature`, and
/// gives
///
///     {"temperature":, "validation": {"before": {"nll_bits":, "ece":}, "after": {...}}, "test": {...}}
///
/// Throws vib::ConfigError where nothing was held out, or the run does not predict classes.
Json fit_temperature_of(const ServedRuns& served, const std::vector<std::string>& overrides = {});

/// Evaluates the sweep's best setting and keeps the numbers in SWEEP/ensemble.json, where it can be chosen and has
/// several runs.
void write_ensemble(const std::filesystem::path& sweep);

}  // namespace vib
