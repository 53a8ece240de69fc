#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "vib/report/plot/svg.h"

namespace vib {

// For the .cpp files of this folder: what the layers knew while they were trained, from information.csv and
// gradients.csv of runs.

/// Runs that differ in their seed alone.
struct LayerRuns {
  std::string name;  ///< of their setting; empty where there is one
  std::vector<std::filesystem::path> runs;
};

/// Whether any of the runs has been looked at.
bool has_layer_records(const std::vector<LayerRuns>& settings);

/// A section of a report, "" where no run has records: for each setting and estimator the plane of I(T;Y) against
/// I(T;X), a colour for each layer, late epochs darker, means over the runs with bars of ± sd at the last epoch, below
/// the limit min(I(T;X), H(Y)) of labels that the input decides; all runs at a few epochs; and the norms of the
/// gradients. Writes `plane`, `plane_snapshots` and `gradient_norms`, each .svg and .csv, into `folder`. Throws
/// vib::StateError, `FILE:LINE: …`, for a damaged file.
std::string information_section(const std::vector<LayerRuns>& settings, const std::filesystem::path& folder);

}  // namespace vib
