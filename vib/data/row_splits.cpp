#include "vib/data/row_splits.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/random.h"

namespace vib {
namespace {

using Rows = std::vector<std::int64_t>;

/// A part, and what is left of the rows.
struct Taken {
  Rows part;
  Rows rest;
};

Rows as_rows(const torch::Tensor& tensor) {
  const auto* first = tensor.const_data_ptr<std::int64_t>();
  return {first, first + tensor.numel()};
}

/// 0 to n - 1 in an order that depends on `seed` alone.
Rows random_order(std::size_t n, std::uint64_t seed) {
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(derive_seed(seed, Stream::split));
  return as_rows(torch::randperm(static_cast<std::int64_t>(n), generator, torch::kInt64));
}

Rows shuffled(const Rows& rows, std::uint64_t seed) {
  Rows result;
  for (const auto i : random_order(rows.size(), seed)) result.push_back(rows[i]);
  return result;
}

/// The kind of each row out of those that `rows` names.
Rows kinds_of(const torch::Tensor& kinds, const Rows& rows) {
  const auto all = as_rows(kinds);
  Rows result;
  for (const auto row : rows) result.push_back(all[row]);
  return result;
}

/// How many rows there are of each kind.
Rows count(const Rows& kinds) {
  Rows counts(kinds.empty() ? 0 : std::ranges::max(kinds) + 1, 0);
  for (const auto kind : kinds) ++counts[kind];
  return counts;
}

/// `count` divided in proportion to `sizes`, by largest remainders.
Rows quotas(const Rows& sizes, std::int64_t count) {
  const auto all = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  Rows quota, order(sizes.size());
  for (const auto size : sizes) quota.push_back(count * size / all);
  const auto left = count - std::accumulate(quota.begin(), quota.end(), std::int64_t{0});
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](std::int64_t k) { return count * sizes[k] % all; });
  for (std::int64_t i = 0; i < left; ++i) ++quota[order[i]];
  return quota;
}

Taken take_of_classes(const Rows& rows, const torch::Tensor& classes, std::int64_t count, std::uint64_t seed) {
  const auto mixed = shuffled(rows, seed);
  const auto kinds = kinds_of(classes, mixed);
  auto quota = quotas(vib::count(kinds), count);
  Taken taken;
  for (std::size_t i = 0; i < mixed.size(); ++i) (quota[kinds[i]]-- > 0 ? taken.part : taken.rest).push_back(mixed[i]);
  return taken;
}

Taken take_of_groups(const Rows& rows, const torch::Tensor& groups, std::int64_t count, std::uint64_t seed) {
  const auto kinds = kinds_of(groups, rows);
  const auto sizes = vib::count(kinds);
  std::vector<bool> in_part(sizes.size(), false);
  for (const auto group : random_order(sizes.size(), seed))
    if (sizes[group] > 0 && sizes[group] <= count) {
      in_part[group] = true;
      count -= sizes[group];
    }
  Taken taken;
  for (std::size_t i = 0; i < rows.size(); ++i) (in_part[kinds[i]] ? taken.part : taken.rest).push_back(rows[i]);
  return taken;
}

Taken take(const Rows& rows, const RowKinds& kinds, std::int64_t count, std::uint64_t seed) {
  if (count == 0) return {{}, rows};
  if (kinds.groups.defined()) return take_of_groups(rows, kinds.groups, count, seed);
  if (kinds.classes.defined()) return take_of_classes(rows, kinds.classes, count, seed);
  const auto mixed = shuffled(rows, seed);
  return {{mixed.begin(), mixed.begin() + count}, {mixed.begin() + count, mixed.end()}};
}

/// The fold of each row: groups go, the largest first, to the fold that has fewest rows; other rows class by class in
/// turn.
Rows fold_of_rows(std::int64_t rows, const RowKinds& kinds, const SplitOptions& options) {
  Rows fold(rows, 0);
  if (kinds.groups.defined()) {
    const auto groups = as_rows(kinds.groups);
    const auto sizes = count(groups);
    auto order = random_order(sizes.size(), options.seed());
    std::ranges::stable_sort(order, std::greater(), [&](std::int64_t group) { return sizes[group]; });
    Rows filled(options.folds(), 0), fold_of_group(sizes.size(), 0);
    for (const auto group : order) {
      const auto least = std::ranges::min_element(filled) - filled.begin();
      fold_of_group[group] = least;
      filled[least] += sizes[group];
    }
    for (std::int64_t row = 0; row < rows; ++row) fold[row] = fold_of_group[groups[row]];
    return fold;
  }
  auto order = random_order(rows, options.seed());
  if (kinds.classes.defined()) {
    const auto classes = as_rows(kinds.classes);
    std::ranges::stable_sort(order, {}, [&](std::int64_t row) { return classes[row]; });
  }
  for (std::int64_t i = 0; i < rows; ++i) fold[order[i]] = i % options.folds();
  return fold;
}

Taken take_fold(std::int64_t rows, const RowKinds& kinds, const SplitOptions& options) {
  const auto fold = fold_of_rows(rows, kinds, options);
  Taken taken;
  for (std::int64_t row = 0; row < rows; ++row) (fold[row] == options.fold() ? taken.part : taken.rest).push_back(row);
  return taken;
}

torch::Tensor as_tensor(const Rows& rows) { return torch::tensor(rows, torch::kInt64); }

void require_group(const Rows& part, std::int64_t asked, const char* name, const std::string& source) {
  if (asked == 0 || !part.empty()) return;
  throw DataError(
      fmt::format("{}: every group has more than the {} rows asked for {}: ask for more of them", source, asked, name));
}

}  // namespace

RowSplits split_rows(std::int64_t rows, HoldOut test, const SplitOptions& options, const RowKinds& given,
                     const std::string& source) {
  const RowKinds kinds{options.stratify() ? given.classes : torch::Tensor(), given.groups};
  const bool folded = options.folds() > 0;
  if (folded &&
      (options.folds() < 2 || options.folds() > rows || options.fold() < 0 || options.fold() >= options.folds()))
    throw DataError(
        fmt::format("{}: {} rows cannot be part {} of {}; folds must be 2 to the number of rows, and fold 0 "
                    "to one less than folds",
                    source, rows, options.fold(), options.folds()));
  Rows all(rows);
  std::iota(all.begin(), all.end(), 0);
  const auto test_rows = folded ? 0 : test.of(rows);
  const auto refuse = [&](std::int64_t test, std::int64_t validation) {
    throw DataError(
        fmt::format("{}: {} examples cannot give {} to test and {} to validation and leave one to train on; lower "
                    "data.validation or the test part",
                    source, rows, test, validation));
  };
  if (test_rows < 0 || test_rows >= rows) refuse(test_rows, options.validation().of(rows));
  const auto outer = folded ? take_fold(rows, kinds, options)
                            : take(all, kinds, test_rows, derive_seed(options.seed(), Stream::split));
  const auto left = static_cast<std::int64_t>(outer.rest.size());
  const auto held = options.validation().of(left);
  if (held < 0 || held >= left) refuse(static_cast<std::int64_t>(outer.part.size()), held);
  const auto inner = take(outer.rest, kinds, held, options.seed());
  require_group(outer.part, folded ? 1 : test_rows, "test", source);
  require_group(inner.part, held, "validation", source);
  if (inner.rest.empty()) refuse(static_cast<std::int64_t>(outer.part.size()), held);
  return {.train = as_tensor(inner.rest), .validation = as_tensor(inner.part), .test = as_tensor(outer.part)};
}

}  // namespace vib
