#pragma once

#include <vector>

#include "vib/evaluate/metric.h"

namespace vib {

// For the files of this folder, each of which makes one metric or two that belong together.

using Sums = std::vector<double>;

/// The mean over the examples, of the first of a metric's sums.
inline double mean_of(const Sums& sums, const Dataset& data) { return sums[0] / data.total_weight(); }

}  // namespace vib
