#pragma once

#include <cstdint>
#include <string>

#include <torch/types.h>

namespace vib {

/// Which rows of a table are for what: int64 `[n]`, disjoint, together all rows.
struct RowSplits {
  torch::Tensor train;
  torch::Tensor validation;
  torch::Tensor test;
};

/// Draws `test` rows at random out of `rows`, then `validation` out of the others, by `seed` alone; where neither is
/// asked for, `train` keeps its order. `source` begins every message. Throws vib::DataError unless a row is left to
/// train on.
RowSplits split_rows(std::int64_t rows, std::int64_t test, std::int64_t validation, std::uint64_t seed,
                     const std::string& source);

}  // namespace vib
