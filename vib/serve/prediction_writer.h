#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "vib/core/atomic_file.h"

namespace vib {

/// A column of predictions: one of numbers or one of words.
struct PredictedColumn {
  enum class Kind { kWhole, kNumber, kWord };

  std::string name;
  Kind kind = Kind::kNumber;
  int digits = 7;                  ///< of a number in text; those of float32
  std::vector<double> numbers;     ///< NaN: none
  std::vector<std::string> words;  ///< empty: none

  std::size_t size() const { return kind == Kind::kWord ? words.size() : numbers.size(); }
};

/// Writes predictions as they come.
class PredictionWriter {
 public:
  virtual ~PredictionWriter() = default;
  /// The next rows, of the same columns every time.
  virtual void write(const std::vector<PredictedColumn>& columns) = 0;
  virtual void finish() {}
};

/// csv: a line of column names, then one for each example; what there is none of is empty. jsonl: an object a line;
/// what there is none of is null. npz: an array for each column, kept until the end: int64 for `index` and classes
/// without names, float64 with NaN for none, text. Throws vib::ConfigError for another format.
std::unique_ptr<PredictionWriter> make_prediction_writer(const std::string& format, ByteSink sink);

}  // namespace vib
