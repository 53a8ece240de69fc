#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace vib {

// The rules of vib/information/binning.h, for float and double: finite values to numbers of cells from 0.

/// Cells of one width.
class EqualCells {
 public:
  EqualCells(std::int64_t bins, double low, double high);
  /// How many numbers of cells there are.
  std::int64_t count() const { return 2 * side_ + 1; }
  /// `cells[i]` of `values[i]`.
  template <typename T>
  void number(const T* values, std::int64_t n, std::int32_t* cells) const;

 private:
  std::int32_t side_;  // whole cells on each side of the middle
  double middle_, per_width_, shift_;
};

/// Cells between edges that rise: as many edges as are <= v.
class EdgeCells {
 public:
  explicit EdgeCells(std::vector<double> edges);
  std::int64_t count() const { return static_cast<std::int64_t>(edges_.size()) + 1; }
  template <typename T>
  void number(const T* values, std::int64_t n, std::int32_t* cells) const;

 private:
  std::int32_t place_of(double value) const;

  std::vector<double> edges_;
  double scale_ = 0;
  std::vector<std::int32_t> before_;  // edges in lower places
};

/// The least and the greatest of `n` values.
template <typename T>
std::pair<double, double> range_of(const T* values, std::int64_t n);

bool all_finite(const float* values, std::int64_t n);
bool all_finite(const double* values, std::int64_t n);

/// numpy.linspace(-1, 1, count).
std::vector<double> idnns_edges(std::int64_t count);

/// The edges of `bins` cells of one mass.
template <typename T>
std::vector<double> adaptive_edges(const T* values, std::int64_t n, std::int64_t bins);

}  // namespace vib
