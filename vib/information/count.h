#pragma once

#include <cstdint>
#include <vector>

#include "vib/information/groups.h"

namespace vib {

/// Counts rows of cells, alone and together with groups of examples. Keeps its memory from one layer to the next.
class RowCounter {
 public:
  /// For `rows` rows of `columns` cells with numbers below `cells`.
  RowCounter(std::int64_t rows, std::int64_t columns, std::int64_t cells);

  /// How many rows a call of add() takes at most.
  std::int64_t rows_at_once() const { return rows_at_once_; }
  /// Where the cells of the rows from `begin` on have to be before add(begin, ...).
  std::int32_t* cells_from(std::int64_t begin) { return cells_.data() + (exact_ ? 0 : begin * columns_); }
  /// Rows are added in order, from 0.
  void add(std::int64_t begin, std::int64_t end);

  /// An entropy and what its correction needs.
  struct Counted {
    double bits = 0;         ///< H
    std::int64_t cells = 0;  ///< not empty, of all groups together
    std::int64_t groups = 1;
  };
  /// H(T) of the rows.
  Counted entropy();
  /// H(T | group), after entropy().
  Counted entropy_in(const Groups& groups);

 private:
  template <typename Same>
  std::int64_t number(const Same& same);
  double weighted_logs(const std::vector<std::int32_t>& counts);
  void count_pairs(const Groups& groups);

  std::int64_t rows_, columns_, distinct_ = 0, rows_at_once_;
  bool exact_;                          // a key is its row
  std::vector<std::uint64_t> factors_;  // of the cells in a key
  std::vector<std::int32_t> cells_;     // of a few rows; of all where keys may collide
  std::vector<std::uint64_t> keys_;
  std::vector<std::int32_t> numbers_;  // of the rows: equal ones have the same
  std::vector<std::int32_t> table_, counts_, times_;
};

}  // namespace vib
