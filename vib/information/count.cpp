#include "vib/information/count.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace vib {
namespace {

// Cells that are numbered before they are packed: they stay in the nearest cache.
constexpr std::int64_t kCellsAtOnce = 4096;

// The finalizer of SplitMix64 (Steele, Lea & Flood 2014), a bijection.
std::uint64_t mixed(std::uint64_t key) {
  key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9U;
  key = (key ^ (key >> 27)) * 0x94d049bb133111ebU;
  return key ^ (key >> 31);
}

}  // namespace

RowCounter::RowCounter(std::int64_t rows, std::int64_t columns, std::int64_t cells)
    : rows_(rows), columns_(columns), factors_(columns), keys_(rows), numbers_(rows) {
  exact_ = static_cast<double>(columns) * std::log2(static_cast<double>(cells)) < 63.9;
  std::uint64_t power = 1;
  for (std::int64_t column = 0; column < columns; ++column) {
    factors_[column] = exact_ ? power : mixed(static_cast<std::uint64_t>(column + 1) * 0x9e3779b97f4a7c15U) | 1U;
    power *= static_cast<std::uint64_t>(cells);
  }
  rows_at_once_ = std::clamp<std::int64_t>(kCellsAtOnce / columns, 1, rows);
  cells_.resize((exact_ ? rows_at_once_ : rows) * columns);
  table_.resize(std::bit_ceil(2 * static_cast<std::uint64_t>(rows)));
}

void RowCounter::add(std::int64_t begin, std::int64_t end) {
  const auto* cell = cells_from(begin);
  for (std::int64_t row = begin; row < end; ++row, cell += columns_) {
    std::uint64_t key = 0;
    for (std::int64_t column = 0; column < columns_; ++column)
      key += factors_[column] * static_cast<std::uint64_t>(cell[column]);
    keys_[row] = key;
  }
}

/// Gives equal keys_, where `same` says that they are of equal things, the same one of the numbers_ from 0.
template <typename Same>
std::int64_t RowCounter::number(const Same& same) {
  const std::uint64_t mask = table_.size() - 1;
  std::fill(table_.begin(), table_.end(), -1);
  std::int32_t next = 0;
  for (std::int32_t row = 0; row < rows_; ++row) {
    auto slot = mixed(keys_[row]) & mask;
    while (table_[slot] >= 0 && !(keys_[table_[slot]] == keys_[row] && same(table_[slot], row)))
      slot = (slot + 1) & mask;
    if (table_[slot] < 0) {
      table_[slot] = row;
      numbers_[row] = next++;
    } else {
      numbers_[row] = numbers_[table_[slot]];
    }
  }
  return next;
}

/// Σ n log2 n, each n once: whatever the order of the counts, it is the same to the bit.
double RowCounter::weighted_logs(const std::vector<std::int32_t>& counts) {
  times_.assign(static_cast<std::size_t>(*std::max_element(counts.begin(), counts.end())) + 1, 0);
  for (const auto count : counts) ++times_[count];
  double sum = 0;
  for (std::size_t count = 2; count < times_.size(); ++count) {
    const auto n = static_cast<double>(count);
    if (times_[count] > 0) sum += times_[count] * (n * std::log2(n));
  }
  return sum;
}

RowCounter::Counted RowCounter::entropy() {
  const auto row_cells = [&](std::int64_t row) { return cells_.data() + row * columns_; };
  const auto bytes = static_cast<std::size_t>(columns_) * sizeof(std::int32_t);
  distinct_ =
      exact_
          ? number([](std::int32_t, std::int32_t) { return true; })
          : number([&](std::int32_t a, std::int32_t b) { return std::memcmp(row_cells(a), row_cells(b), bytes) == 0; });
  counts_.assign(distinct_, 0);
  for (const auto row : numbers_) ++counts_[row];
  const auto n = static_cast<double>(rows_);
  return {std::max(std::log2(n) - weighted_logs(counts_) / n, 0.0), distinct_};
}

/// Into counts_: how often each row comes in each group, with zeros in between.
void RowCounter::count_pairs(const Groups& groups) {
  const auto number_of_groups = static_cast<std::int64_t>(groups.sizes.size());
  if (distinct_ * number_of_groups <= 8 * rows_) {
    counts_.assign(distinct_ * number_of_groups, 0);
    for (std::int64_t row = 0; row < rows_; ++row) ++counts_[numbers_[row] * number_of_groups + groups.of[row]];
    return;
  }
  for (std::int64_t row = 0; row < rows_; ++row)
    keys_[row] = static_cast<std::uint64_t>(numbers_[row] * number_of_groups + groups.of[row]);
  const auto rows = numbers_;
  counts_.assign(number([](std::int32_t, std::int32_t) { return true; }), 0);
  for (const auto pair : numbers_) ++counts_[pair];
  numbers_ = rows;
}

RowCounter::Counted RowCounter::entropy_in(const Groups& groups) {
  count_pairs(groups);
  const auto cells = std::count_if(counts_.begin(), counts_.end(), [](std::int32_t count) { return count > 0; });
  const double of_pairs = weighted_logs(counts_), of_groups = weighted_logs(groups.sizes);
  return {(of_groups - of_pairs) / static_cast<double>(rows_), cells, static_cast<std::int64_t>(groups.sizes.size())};
}

}  // namespace vib
