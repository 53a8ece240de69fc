#include "vib/information/cells.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <ranges>
#include <utility>

namespace vib {
namespace {

constexpr std::int32_t kPlaces = 1024;

// What sorts as the number does, as an unsigned integer; and back.
std::uint32_t sortable(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value + 0.0F);  // -0 is 0
  return bits ^ ((bits >> 31) != 0 ? 0xffffffffU : 0x80000000U);
}

float unsortable(std::uint32_t bits) {
  return std::bit_cast<float>(bits ^ ((bits >> 31) != 0 ? 0x80000000U : 0xffffffffU));
}

// By 11 bits at a time: a tenth of std::sort's time.
std::vector<float> sorted(const float* values, std::int64_t n) {
  constexpr int kBits = 11, kPasses = 3;
  constexpr std::uint32_t kMask = (1U << kBits) - 1;
  std::array<std::vector<std::int64_t>, kPasses> begins;
  begins.fill(std::vector<std::int64_t>(kMask + 1, 0));
  std::vector<std::uint32_t> from(n), to(n);
  for (std::int64_t i = 0; i < n; ++i) {
    from[i] = sortable(values[i]);
    for (int pass = 0; pass < kPasses; ++pass) ++begins[pass][from[i] >> (pass * kBits) & kMask];
  }
  for (int pass = 0; pass < kPasses; ++pass) {
    std::int64_t sum = 0;
    for (auto& begin : begins[pass]) sum += std::exchange(begin, sum);
    for (const auto key : from) to[begins[pass][key >> (pass * kBits) & kMask]++] = key;
    from.swap(to);
  }
  std::vector<float> result(n);
  std::transform(from.begin(), from.end(), result.begin(), unsortable);
  return result;
}

std::vector<double> sorted(const double* values, std::int64_t n) {
  std::vector<double> result(values, values + n);
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

// d = |v - middle| / width is shifted so that truncation counts cells from 1 on where no cell lies in the middle, and
// from 0 on where one does.
EqualCells::EqualCells(std::int64_t bins, double low, double high)
    : side_(static_cast<std::int32_t>(bins / 2)), middle_(low / 2 + high / 2), shift_(bins % 2 == 0 ? 1 : 0.5) {
  const double half = high / 2 - low / 2;
  per_width_ = half > 0 ? static_cast<double>(bins) / 2 / half : 0;
}

// In loops of one type each, without branches: they become vector code.
template <typename T>
void EqualCells::number(const T* values, std::int64_t n, std::int32_t* cells) const {
  constexpr std::int64_t kBlock = 512;
  const double middle = middle_, per_width = per_width_, shift = shift_, most = side_;
  std::array<double, kBlock> offset;
  for (std::int64_t begin = 0; begin < n; begin += kBlock) {
    const auto size = std::min(kBlock, n - begin);
    for (std::int64_t i = 0; i < size; ++i) offset[i] = static_cast<double>(values[begin + i]) - middle;
    for (std::int64_t i = 0; i < size; ++i) {
      const double distance = std::abs(offset[i]), outward = distance * per_width + shift;
      const double inside = outward < most ? outward : most;
      offset[i] = std::copysign(distance > 0 ? inside : 0, offset[i]);
    }
    for (std::int64_t i = 0; i < size; ++i) cells[begin + i] = side_ + static_cast<std::int32_t>(offset[i]);
  }
}

// A table of places of one width tells between which edges to look. Whatever rounding does to place_of(), it rises with
// its argument: an edge in a lower place than a value is below it.
EdgeCells::EdgeCells(std::vector<double> edges) : edges_(std::move(edges)), before_(kPlaces + 1, 0) {
  if (edges_.size() > 1) scale_ = (kPlaces - 1) / (edges_.back() - edges_.front());
  if (!std::isfinite(scale_)) scale_ = 0;
  for (const double edge : edges_) ++before_[place_of(edge) + 1];
  for (std::int32_t place = 0; place < kPlaces; ++place) before_[place + 1] += before_[place];
}

std::int32_t EdgeCells::place_of(double value) const {
  if (edges_.empty()) return 0;
  const double place = (value - edges_.front()) * scale_;
  return place > 0 ? static_cast<std::int32_t>(std::min<double>(place, kPlaces - 1)) : 0;
}

template <typename T>
void EdgeCells::number(const T* values, std::int64_t n, std::int32_t* cells) const {
  for (std::int64_t i = 0; i < n; ++i) {
    const double value = values[i];
    const auto place = place_of(value);
    auto low = before_[place], high = before_[place + 1];
    while (low < high) {
      const auto middle = (low + high) / 2;
      if (edges_[middle] <= value)
        low = middle + 1;
      else
        high = middle;
    }
    cells[i] = low;
  }
}

// In lanes, which a compiler may keep in one register.
template <typename T>
std::pair<double, double> range_of(const T* values, std::int64_t n) {
  constexpr std::int64_t kLanes = 16;
  std::array<T, kLanes> low, high;
  low.fill(std::numeric_limits<T>::infinity());
  high.fill(-std::numeric_limits<T>::infinity());
  const auto take = [&](std::int64_t lane, T value) {
    low[lane] = value < low[lane] ? value : low[lane];
    high[lane] = value > high[lane] ? value : high[lane];
  };
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) take(lane, values[i + lane]);
  }
  for (; i < n; ++i) take(0, values[i]);
  return {*std::min_element(low.begin(), low.end()), *std::max_element(high.begin(), high.end())};
}

bool all_finite(const float* values, std::int64_t n) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  std::uint32_t broken = 0;
  for (std::int64_t i = 0; i < n; ++i)
    broken |= (std::bit_cast<std::uint32_t>(values[i]) & kExponent) == kExponent ? 1U : 0U;
  return broken == 0;
}

bool all_finite(const double* values, std::int64_t n) {
  return std::all_of(values, values + n, [](double value) { return std::isfinite(value); });
}

std::vector<double> idnns_edges(std::int64_t count) {
  const double step = 2.0 / static_cast<double>(count - 1);
  std::vector<double> edges(count);
  for (std::int64_t i = 0; i < count; ++i) edges[i] = static_cast<double>(i) * step - 1;
  edges.back() = 1;
  return edges;
}

// The rule of EqualCells over ranks, in whole numbers: equal values at the places [begin, end) have the rank
// (begin + end) / 2n, whose distance to the middle ½ is |begin + end - n| / 2n. Where the next cell begins is looked up
// once a cell: a division for each value would take as long as sorting them.
template <typename T>
std::vector<double> adaptive_edges(const T* values, std::int64_t n, std::int64_t bins) {
  const auto ordered = sorted(values, n);
  const auto cell_of = [&](std::int64_t twice_rank) {
    const std::int64_t offset = twice_rank - n, distance = std::abs(offset) * bins;
    const std::int64_t outward = bins % 2 == 0 ? (offset != 0 ? distance / (2 * n) + 1 : 0) : (distance + n) / (2 * n);
    return offset < 0 ? -outward : outward;
  };
  const auto end_of_cell = [&](std::int64_t twice_rank) {
    const auto ranks = std::views::iota(twice_rank, 2 * n + 1);
    const auto same = [&, cell = cell_of(twice_rank)](std::int64_t other) { return cell_of(other) == cell; };
    return twice_rank + (std::ranges::partition_point(ranks, same) - ranks.begin());
  };
  std::vector<double> edges;
  std::int64_t next_cell = 0;
  for (std::int64_t begin = 0, end = 0; begin < n; begin = end) {
    while (end < n && ordered[end] == ordered[begin]) ++end;
    if (begin + end < next_cell) continue;
    if (begin > 0) edges.push_back(ordered[begin]);
    next_cell = end_of_cell(begin + end);
  }
  return edges;
}

template void EqualCells::number(const float*, std::int64_t, std::int32_t*) const;
template void EqualCells::number(const double*, std::int64_t, std::int32_t*) const;
template void EdgeCells::number(const float*, std::int64_t, std::int32_t*) const;
template void EdgeCells::number(const double*, std::int64_t, std::int32_t*) const;
template std::pair<double, double> range_of(const float*, std::int64_t);
template std::pair<double, double> range_of(const double*, std::int64_t);
template std::vector<double> adaptive_edges(const float*, std::int64_t, std::int64_t);
template std::vector<double> adaptive_edges(const double*, std::int64_t, std::int64_t);

}  // namespace vib
