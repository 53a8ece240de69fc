#pragma once

#include <cstdint>
#include <string>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/data/hold_out.h"

namespace vib {

/// How examples are divided among training, validation and test.
struct SplitOptions {
  /// How many are held out for validation, of those that are not for test. Default: none.
  TORCH_ARG(HoldOut, validation) = 0;
  /// All draws depend on this alone. Default: 0.
  TORCH_ARG(std::uint64_t, seed) = 0;
  /// Cross-validation: the examples fall into so many parts of equal size, of which part `fold` is the test part.
  /// Default: 0, none.
  TORCH_ARG(std::int64_t, folds) = 0;
  TORCH_ARG(std::int64_t, fold) = 0;
  /// Whether each part gets its share of every class. Default: true.
  TORCH_ARG(bool, stratify) = true;
};

/// What a split must respect of each row; undefined where nothing.
struct RowKinds {
  torch::Tensor classes;  ///< int64 `[N]` from 0, by which to stratify
  torch::Tensor groups;   ///< int64 `[N]` from 0: rows of one group stay together; classes do not count then
};

/// Which rows of a table are for what: int64 `[n]`, disjoint, together all rows.
struct RowSplits {
  torch::Tensor train;
  torch::Tensor validation;
  torch::Tensor test;
};

/// Draws `test` of `rows` rows at random for test, unless folds say which these are, then those for validation out of
/// the others; where neither is asked for, `train` keeps its order. Of classes each part gets its share, by largest
/// remainders; whole groups are taken in a random order as long as they fit, so that a part may be a little smaller
/// than asked. `source` begins every message. Throws vib::DataError unless a row is left to train on and every part
/// that was asked for has one.
VIB_API RowSplits split_rows(std::int64_t rows, HoldOut test, const SplitOptions& options, const RowKinds& kinds,
                             const std::string& source);

}  // namespace vib
