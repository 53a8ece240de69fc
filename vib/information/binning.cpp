#include "vib/information/binning.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/units.h"
#include "vib/information/cells.h"
#include "vib/information/count.h"
#include "vib/information/layer.h"

namespace vib {
namespace {

constexpr std::int64_t kBins = 30, kUnboundedBins = 100, kMostBins = 1'000'000;

/// The cells of `equal` where some of it is left to the values.
template <typename T>
Cells equal_cells(const BinningOptions& options, const T* values, std::int64_t n) {
  Cells cells{options.bins(), options.low(), options.high(), options.range()};
  if (options.range() != CellRange::given) {
    std::tie(cells.low, cells.high) = range_of(values, n);
    const bool bounded = cells.low >= -1 && cells.high <= 1;
    if (options.range() == CellRange::bounded && bounded)
      std::tie(cells.low, cells.high) = std::pair(-1.0, 1.0);
    else
      cells.range = CellRange::observed;
  }
  if (cells.bins == 0) cells.bins = cells.range == CellRange::observed ? kUnboundedBins : kBins;
  return cells;
}

std::int64_t bins_of(const BinningOptions& options) { return options.bins() > 0 ? options.bins() : kBins; }

/// The estimate of one layer after another, all with the same labels.
class Counting {
 public:
  Counting(const BinningOptions& options, std::int64_t rows, std::int64_t columns, const Groups& labels,
           const std::optional<Groups>& inputs)
      : options_(options), rows_(rows), columns_(columns), labels_(labels), inputs_(inputs) {}

  /// Nothing where a value is not finite.
  template <typename T>
  std::optional<InformationEstimate> of(const T* values) {
    const auto n = rows_ * columns_;
    if (!all_finite(values, n)) return {};
    if (options_.rule() == BinningRule::equal) {
      const auto cells = equal_cells(options_, values, n);
      return counted(values, EqualCells(cells.bins, cells.low, cells.high), cells);
    }
    if (options_.rule() == BinningRule::idnns) {
      if (!idnns_) idnns_.emplace(idnns_edges(bins_of(options_)));
      return counted(values, *idnns_, {bins_of(options_), -1, 1, CellRange::given});
    }
    const auto [low, high] = range_of(values, n);
    return counted(values, EdgeCells(adaptive_edges(values, n, bins_of(options_))),
                   {bins_of(options_), low, high, CellRange::observed});
  }

 private:
  template <typename T, typename Rule>
  InformationEstimate counted(const T* values, const Rule& rule, const Cells& cells) {
    if (!counter_ || counter_cells_ != rule.count()) counter_.emplace(rows_, columns_, counter_cells_ = rule.count());
    for (std::int64_t begin = 0; begin < rows_; begin += counter_->rows_at_once()) {
      const auto end = std::min(begin + counter_->rows_at_once(), rows_);
      rule.number(values + begin * columns_, (end - begin) * columns_, counter_->cells_from(begin));
      counter_->add(begin, end);
    }
    const auto row = counter_->entropy();
    const double of_row = bits(row);
    InformationEstimate estimate;
    estimate.n = rows_;
    estimate.entropy_bits = of_row;
    estimate.ity_bits = difference(of_row, counter_->entropy_in(labels_));
    estimate.itx_bits = inputs_ ? difference(of_row, counter_->entropy_in(*inputs_)) : of_row;
    estimate.distinct = row.cells;
    estimate.saturated = is_saturated(row.bits, rows_);
    estimate.cells = cells;
    return estimate;
  }

  double bits(const RowCounter::Counted& counted) const {
    if (!options_.miller_madow()) return counted.bits;
    return counted.bits +
           to_bits(static_cast<double>(counted.cells - counted.groups) / (2.0 * static_cast<double>(rows_)));
  }

  /// Counted, it is never below 0 by more than rounding; a correction may make it so.
  double difference(double of_row, const RowCounter::Counted& given) const {
    const double information = of_row - bits(given);
    return options_.miller_madow() ? information : std::max(information, 0.0);
  }

  const BinningOptions& options_;
  std::int64_t rows_, columns_;
  const Groups& labels_;
  const std::optional<Groups>& inputs_;
  std::optional<EdgeCells> idnns_;
  std::optional<RowCounter> counter_;
  std::int64_t counter_cells_ = 0;
};

/// Calls `use` with the numbers of `layers`.
template <typename Use>
void with_values(const torch::Tensor& layers, const Use& use) {
  if (layers.scalar_type() == torch::kFloat32)
    use(layers.const_data_ptr<float>());
  else
    use(layers.const_data_ptr<double>());
}

}  // namespace

Binning::Binning(const BinningOptions& options) : options_(options) {
  const bool is_idnns = options.rule() == BinningRule::idnns;
  const std::int64_t fewest = is_idnns ? 2 : 1;
  if (options.bins() != 0 && (options.bins() < fewest || options.bins() > kMostBins))
    throw Error(fmt::format("binning takes {} to {} {}, found {}", fewest, kMostBins, is_idnns ? "edges" : "cells",
                            options.bins()));
  if (options.range() != CellRange::given) return;
  if (options.rule() != BinningRule::equal) throw Error("a range of cells goes with cells of one width (bins) only");
  if (!std::isfinite(options.low()) || !std::isfinite(options.high()) || !(options.low() < options.high()))
    throw Error(fmt::format("the range of cells goes from a number to a greater one, found {} to {}", options.low(),
                            options.high()));
}

std::string Binning::name() const {
  const char* rules[] = {"bins", "adaptive", "idnns"};
  std::string name = rules[static_cast<int>(options_.rule())];
  if (options_.rule() != BinningRule::equal)
    name += fmt::format(":{}", bins_of(options_));
  else if (options_.range() == CellRange::given)
    name += fmt::format(":{}:{}:{}", bins_of(options_), options_.low(), options_.high());
  else if (options_.range() == CellRange::observed)
    name += fmt::format(":{}:observed", options_.bins() > 0 ? options_.bins() : kUnboundedBins);
  else if (options_.bins() > 0)
    name += fmt::format(":{}", options_.bins());
  return options_.miller_madow() ? name + ":miller-madow" : name;
}

InformationEstimate Binning::estimate(const torch::Tensor& activations, const torch::Tensor& labels,
                                      const torch::Tensor& inputs) const {
  const auto layer = flat_activations(activations);
  const auto estimate = estimate_each(layer.unsqueeze(0), labels, inputs).front();
  if (!estimate.cells) check_layer(layer);
  return estimate;
}

std::vector<InformationEstimate> Binning::estimate_each(const torch::Tensor& activations, const torch::Tensor& labels,
                                                        const torch::Tensor& inputs) const {
  const auto layers = flat_activations(activations, 1);
  const auto count = layers.size(0), rows = layers.size(1), columns = layers.size(2);
  const auto label_groups = groups_of(labels, rows, "labels");
  std::optional<Groups> input_groups;
  if (inputs.defined()) input_groups = groups_of(inputs, rows, "inputs");
  std::vector<InformationEstimate> estimates(count);
  with_values(layers, [&](const auto* values) {
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      Counting counting(options_, rows, columns, label_groups, input_groups);
      for (auto layer = begin; layer < end; ++layer)
        estimates[layer] = counting.of(values + layer * rows * columns).value_or(no_estimate(rows));
    });
  });
  return estimates;
}

}  // namespace vib
