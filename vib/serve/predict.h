#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "vib/core/atomic_file.h"
#include "vib/data/sets/table_encoding.h"

namespace vib {

/// How the program predicts.
struct PredictOptions {
  std::string format = "csv";  ///< as make_prediction_writer() takes it
  std::int64_t draws = 100;
  bool codes = false;        ///< μ, σ and correlations of q(z|x), too
  bool temperature = false;  ///< as PredictorOptions has it
  std::string setting;       ///< of a sweep
  /// After each batch: how many rows were written, and which share of the input was read, 0 where that is not known.
  std::function<void(std::int64_t rows, double share)> on_rows = nullptr;
};

/// What stands beside the answers.
struct PredictReport {
  std::int64_t rows = 0;
  std::int64_t refused = 0;                          ///< rows without an answer
  std::map<std::string, UnknownCategories> unknown;  ///< by the column of a table
  std::vector<std::string> diverged;                 ///< runs of the setting that are left out
};

/// Predicts for every example of a file with the averaged weights of a finished run, or of a sweep's runs (see
/// find_runs()), and writes the columns of docs/predictions.md into `sink` as they come: memory does not grow with a
/// table or a file of texts. The file holds what the run was trained on: images (IDX, PNG, JPEG, a folder), tensors
/// (see read_tensor), a table (CSV with the input columns), or a text on each line; "-" is standard input. Throws
/// vib::DataError where it does not, vib::ConfigError for options that do not go with the run, vib::StateError for the
/// run.
PredictReport predict_file(const std::filesystem::path& run, const std::string& input, const PredictOptions& options,
                           const ByteSink& sink);

/// The same for texts. Throws vib::DataError where the run was trained on something else.
PredictReport predict_texts(const std::filesystem::path& run, const std::vector<std::string>& texts,
                            const PredictOptions& options, const ByteSink& sink);

}  // namespace vib
