#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "vib/experiment/run_directory.h"

namespace vib {

/// What a run says of each example of a file, by columns: `index`, then
///
///     classes             class, probability (of that class, by the mean over the draws of z)
///     labels, values      mean:NAME for each and, where the likelihood has a variance, sd:NAME: the mean over
///                         the draws and the deviation from it, of draws and likelihood together, in the data's
///                         unit. NAME is the column's, or y_0, y_1, ...
///     inputs themselves   distortion_bits: what reconstructing the input costs
///
/// then rate_bits, KL( q(z|x) || r(z) ): how much of this example z keeps, large for odd ones; none for a deterministic
/// model; for classes entropy_bits of the mean softmax: 0 when sure, log2(classes) when clueless.
struct Predictions {
  struct Column {
    std::string name;
    int decimals = 0;             ///< behind the point; -1: 12 digits wherever it is
    std::vector<double> numbers;  ///< NaN: none
  };

  std::vector<Column> columns;
  std::vector<std::string> texts;  ///< of texts the words that the model knows, as it saw them: a last column `text`
};

/// Predicts for every example of a file with a finished run's averaged weights and its configured draws. The file holds
/// what the run was trained on: images (IDX, .gz or plain), tensors (see read_tensor), a table (CSV with the input
/// columns), or a text on each line. Throws vib::DataError where it does not, vib::StateError for the run.
Predictions predict_file(const RunDirectory& run, const std::filesystem::path& input);

/// The same for texts. Throws vib::DataError where the run was trained on something else.
Predictions predict_texts(const RunDirectory& run, const std::vector<std::string>& texts);

/// A line of column names, then one for each example; a number that there is none of is empty.
std::string to_csv(const Predictions& predictions);
/// The same, one JSON object a line.
std::string to_jsonl(const Predictions& predictions);

}  // namespace vib
