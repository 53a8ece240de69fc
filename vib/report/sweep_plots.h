#pragma once

#include <string>
#include <vector>

#include "vib/report/plot/svg.h"
#include "vib/sweep/results.h"

namespace vib {

/// A picture and the name of its file.
struct SweepPlot {
  std::string name;  ///< "error": error.svg, error.csv
  Plot plot;
};

/// The pictures of a sweep, all of the test set, means with bars of ± sd over the seeds:
///
///     error, nll        and every other metric with a place in pictures that any trial has (rmse where values are
///                       predicted), against β on a logarithmic axis, the deterministic model and β = 0 as horizontal
///                       lines; where β is not swept against the first key with several numbers, or else by case,
///                       and then the rate, too
///     information       I(Z;Y) against the rate, with its bounds H(Y) and the rate, and the values of that key beside
///                       the points; none without a rate
///     rate_distortion   distortion against the rate in its place where targets are no classes
///
/// Every combination of the other keys' values is a series of its own.
std::vector<SweepPlot> sweep_plots(const SweepResults& results);

/// Which of these kinds of pictures there is none of, and why, in sentences.
std::vector<std::string> sweep_plot_notes(const SweepResults& results);

}  // namespace vib
