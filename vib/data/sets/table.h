#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <torch/arg.h>

#include "vib/core/export.h"
#include "vib/data/dataset.h"
#include "vib/data/row_splits.h"
#include "vib/data/sets/table_encoding.h"
#include "vib/data/summary.h"
#include "vib/data/targets.h"

namespace vib {

/// Which CSV files hold a data set, what its columns are, and how it is split and scaled.
struct TableOptions {
  using Path = std::filesystem::path;
  using Names = std::vector<std::string>;

  TableOptions(Path train, Names targets) : train_(std::move(train)), targets_(std::move(targets)) {}

  /// See read_csv().
  TORCH_ARG(Path, train);
  /// The columns to predict: one for classes, one or more for values.
  TORCH_ARG(Names, targets);
  /// Default: none, a random share of the training file.
  TORCH_ARG(Path, test);
  /// The share of rows taken for test, rounded, where there is no file for it. Default: 0.2.
  TORCH_ARG(double, test_share) = 0.2;
  /// How the rows are divided; groups are not stratified besides.
  TORCH_ARG(SplitOptions, split);
  /// The column whose values never straddle two parts of the training file; no input. Default: none.
  TORCH_ARG(std::string, group);
  /// The column that says what each row counts, from 0; no input. Default: none.
  TORCH_ARG(std::string, weight);
  /// Classes (the values of the target column, in order), values, or none, for which no column is named. Default:
  /// classes.
  TORCH_ARG(TargetKind, target_kind) = TargetKind::classes;
  /// Columns that are numeric, and that are categorical. Default: a column is numeric when all its training values are.
  TORCH_ARG(Names, numeric);
  TORCH_ARG(Names, categorical);
  /// Columns that are no inputs.
  TORCH_ARG(Names, ignore);
  /// See separator_in().
  TORCH_ARG(char, separator) = ',';
  /// What counts as missing besides an empty cell. Default: usual_missing_words().
  TORCH_ARG(Names, missing_words) = usual_missing_words();
  /// What becomes of a missing input. Default: error.
  TORCH_ARG(Missing, missing) = Missing::error;
  /// Whether rows without a target are left out; otherwise, unless `missing` is drop, they are refused. Default: false.
  TORCH_ARG(bool, drop_missing_targets) = false;
  /// Whether numeric inputs get mean 0 and deviation 1 in the training part. Default: true.
  TORCH_ARG(bool, standardize) = true;
  /// Whether values to predict do, too (see standardize_targets()). Default: true.
  TORCH_ARG(bool, standardize_targets) = true;
};

/// A table as data, and how its columns became numbers.
struct Table {
  DataSplits splits;       ///< inputs float32 `[N, D]`, standardised already
  TableEncoding encoding;  ///< what was learned from the training part alone, validation and test left out
  DataSummary summary;     ///< of the training file, all of it one part
};

/// Reads CSV files as a data set. Only the names of the classes come from all rows of the training file; in order of
/// their numbers where all are numbers, else of their bytes.
/// Throws vib::DataError that names the file, line and column; so it does for a column that is neither named numeric
/// nor categorical and holds numbers but for a few cells: nobody means each number as a category.
VIB_API Table load_table(const TableOptions& options);

/// The same rows as they were encoded before: nothing is fitted.
VIB_API Table load_table(const TableOptions& options, TableEncoding encoding);

/// Every row of a file with a target that `encoding` may use, as a test part; rows with a missing value go where
/// `encoding` lets them be dropped. Throws as load_table().
VIB_API Dataset read_table(const std::filesystem::path& path, const TableEncoding& encoding);

}  // namespace vib
