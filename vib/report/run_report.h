#pragma once

#include <filesystem>

namespace vib {

/// Draws what a finished run wrote: from RUN/metrics.jsonl, summary.json and config.yaml to RUN/curves.svg (loss and
/// distortion, rate, error, NLL, β and learning rate against the epoch), curves.csv (its numbers) and report.html
/// (curves, results and configuration on one self-contained page). The same run gives the same bytes. Throws
/// vib::StateError, naming file and line, where one of these is missing or damaged.
void write_run_report(const std::filesystem::path& run);

}  // namespace vib
