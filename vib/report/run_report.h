#pragma once

#include <filesystem>

namespace vib {

/// Draws what a finished run wrote: from RUN/metrics.jsonl, summary.json and config.yaml to RUN/curves.svg (loss and
/// distortion, rate, every metric with a place in pictures, β and learning rate against the epoch), curves.csv (its
/// numbers) and report.html (curves, results and configuration on one self-contained page). The same run gives the same
/// bytes. Throws vib::StateError, naming file and line, where one of these is missing or damaged.
///
/// A run whose latent has 2 dimensions gets embedding.svg and embedding.csv, too: where its first 1000 test examples
/// lie; one that reconstructs images, reconstructions.svg and .csv. That takes its weights and data, on the CPU; where
/// such a picture cannot be drawn, the page says why in its place.
void write_run_report(const std::filesystem::path& run);

}  // namespace vib
