#pragma once

#include <filesystem>

namespace vib {

/// Draws what a sweep has found, finished or not: from SWEEP/sweep.csv and sweep.yaml to SWEEP/report.html (pictures,
/// table, links to the runs' own pages, configuration, on one self-contained page) and, the pictures of sweep_plots()
/// (error.svg, nll.svg, information.svg), each beside its numbers in a .csv; those that are by case in one picture,
/// too, cases.svg. The same sweep gives the same bytes. Throws vib::StateError where sweep.csv is missing, empty or
/// damaged, naming file and line, or sweep.yaml missing.
void write_sweep_report(const std::filesystem::path& sweep);

}  // namespace vib
