#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "vib/experiment/run_directory.h"

namespace vib {

/// What a run says of one example.
struct PredictionRow {
  std::int64_t index = 0;
  std::int64_t label = 0;           ///< the most probable class
  double probability = 0;           ///< of that class, by the mean of the softmaxes over the draws of z
  std::optional<double> rate_bits;  ///< KL( q(z|x) || r(z) ): how much of this example z keeps, large for odd ones
  double entropy_bits = 0;          ///< of the mean softmax: 0 when sure, log2(classes) when clueless
};

/// Predicts for every image of an IDX file with a finished run's averaged weights and its configured draws.
/// Throws vib::DataError where the file is not uint8 images of the run's size, vib::StateError for the run.
std::vector<PredictionRow> predict_file(const RunDirectory& run, const std::filesystem::path& input);

/// `index,class,probability,rate_bits,entropy_bits`; an empty rate for a deterministic model.
std::string to_csv(const std::vector<PredictionRow>& rows);
/// The same, one JSON object a line.
std::string to_jsonl(const std::vector<PredictionRow>& rows);

}  // namespace vib
