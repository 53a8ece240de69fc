#pragma once

#include <string>
#include <vector>

#include "vib/report/table.h"
#include "vib/sweep/results.h"

namespace vib {

/// A row for each point: its settings, the number of seeds that finished, and mean ± sd over them of every metric with
/// a place in tables that any trial has on the test set; the Pareto front is marked. Below the point whose runs are the
/// sweep's ensemble, a row of these as one model.
TextTable sweep_points_table(const SweepResults& results);

/// What stands under that table, sentence by sentence: what its columns and marks mean, the point with the best NLL on
/// the validation split (never chosen on the test set), the trials that diverged.
std::vector<std::string> sweep_notes(const SweepResults& results);

/// The closing table of `vib sweep`: both, as text.
std::string sweep_table(const SweepResults& results);

/// How large the sweep is, in one line: trials, values of each key, seeds.
std::string describe_sweep(const SweepResults& results);

}  // namespace vib
