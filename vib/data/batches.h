#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// The order of the examples in an epoch: a permutation of `[0, examples)`, int64 on the CPU, that depends on the
/// arguments alone, so that training resumes in the middle of an epoch from (epoch, batch) without stored state.
VIB_API torch::Tensor epoch_order(std::int64_t examples, std::uint64_t seed, std::int64_t epoch);

/// Positions `begin <= i < end` of an order.
struct BatchRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t size() const { return end - begin; }
  bool operator==(const BatchRange&) const = default;
};

/// Cuts `[0, examples)` into consecutive batches of `batch_size`: every position once, the last batch smaller where
/// they do not divide, or left out with `drop_last`.
VIB_API std::vector<BatchRange> batch_ranges(std::int64_t examples, std::int64_t batch_size, bool drop_last = false);

}  // namespace vib
