#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/data/format/csv.h"

namespace vib {

/// What counts as missing besides an empty cell, unless other words are given.
VIB_API const std::vector<std::string>& usual_missing_words();

/// What becomes of a row with a missing value: an empty cell, or one of the words that stand for it.
enum class Missing {
  error,  ///< it is refused
  drop,   ///< it is left out
  mean,   ///< a number becomes the training mean; a missing category is a category of its own, ""
};

/// How a column becomes inputs: a numeric one (value - mean) / scale, a categorical one a 1 among zeros.
struct ColumnEncoding {
  std::string name;
  bool numeric = true;
  double fill = 0;                      ///< what a missing number becomes: the training mean
  double mean = 0;                      ///< 0 where nothing is standardised
  double scale = 1;                     ///< 1 where nothing is standardised
  std::vector<std::string> categories;  ///< in order, of a categorical column

  std::int64_t width() const { return numeric ? 1 : static_cast<std::int64_t>(categories.size()); }
};

/// How rows of a table become tensors: all that was learned from the training part, to encode other files by.
struct TableEncoding {
  std::vector<ColumnEncoding> inputs;  ///< in the order of the training file
  std::vector<std::string> targets;    ///< the columns to predict
  std::vector<std::string> classes;    ///< names of the classes, in order; empty where values are predicted
  std::string weight;                  ///< the column that says what a row counts; empty: none
  char separator = ',';
  Missing missing = Missing::error;
  bool drop_missing_targets = false;
  std::vector<std::string> missing_words = usual_missing_words();

  std::int64_t width() const;  ///< D, the number of inputs
};

/// Categories that training never saw, in one column.
struct UnknownCategories {
  std::int64_t rows = 0;
  std::string first;
};

/// Encodes `rows` (int64 `[N]`) of `file` as float32 `[N, D]`. Columns go by name; others are ignored. A category that
/// training never saw becomes zeros, and is counted by its column in `unknown`. Throws vib::DataError,
/// `FILE:LINE: column …`, for a missing column, a cell that is no finite number where one is expected, and a missing
/// value unless `missing` is mean.
VIB_API torch::Tensor encode_inputs(const TableEncoding& encoding, const CsvFile& file, const torch::Tensor& rows,
                                    std::map<std::string, UnknownCategories>* unknown = nullptr);

/// Why each row cannot be encoded where no missing value is filled in, `column "NAME": …`; empty where it can.
VIB_API std::vector<std::string> missing_inputs(const TableEncoding& encoding, const CsvFile& file);

/// The same of every row of a file. No row is dropped, so that row i is always example i.
VIB_API torch::Tensor encode_inputs(const TableEncoding& encoding, const std::filesystem::path& path);

/// Encodes the columns to predict: class indices, int64 `[N]`, or values, float64 `[N, D]`. Throws as above, for any
/// missing value, and for a class that is none of `classes`.
VIB_API torch::Tensor encode_targets(const TableEncoding& encoding, const CsvFile& file, const torch::Tensor& rows);

/// What each row counts, float32 `[N]`, by the column of weights; undefined where there is none. Throws as above, for
/// what is no number from 0.
VIB_API torch::Tensor encode_weights(const TableEncoding& encoding, const CsvFile& file, const torch::Tensor& rows);

/// `cell` without spaces around it; empty where that is one of `missing_words`.
VIB_API std::string_view cell_value(std::string_view cell, const std::vector<std::string>& missing_words);

/// Whether `value` (of cell_value()) is a finite number that float32 can hold; sets `number`.
VIB_API bool parse_number(std::string_view value, double& number);

/// Throws vib::DataError, `FILE:LINE: column "NAME": REASON`.
[[noreturn]] VIB_API void refuse_cell(const CsvFile& file, std::int64_t row, std::int64_t column,
                                      const std::string& reason);

/// The same of a target that is missing.
[[noreturn]] VIB_API void refuse_missing_target(const CsvFile& file, std::int64_t row, std::int64_t column);

/// The position of the column `name`. Throws vib::DataError that lists the header where there is none.
VIB_API std::int64_t column_of(const CsvFile& file, const std::string& name);

}  // namespace vib
