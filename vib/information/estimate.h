#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// Where the ends of the cells come from.
enum class CellRange {
  given,     ///< the caller named them
  bounded,   ///< [-1, 1], since every value lies there: as tanh's do
  observed,  ///< the least and the greatest value
};

/// The cells into which one unit's values fall, as an estimate used them.
struct Cells {
  std::int64_t bins = 0;  ///< as many as were asked for
  double low = 0;
  double high = 0;
  CellRange range = CellRange::given;
};

/// What an estimator says of a layer T, of the inputs X that it was computed from, and of their labels Y. In bits; what
/// an estimator has no answer to is left out.
struct InformationEstimate {
  std::int64_t n = 0;                    ///< examples
  double itx_bits = 0;                   ///< I(T;X)
  double ity_bits = 0;                   ///< I(T;Y)
  std::optional<double> itx_lower_bits;  ///< guaranteed, where there is such a thing
  std::optional<double> itx_upper_bits;
  std::optional<double> ity_lower_bits;
  std::optional<double> ity_upper_bits;
  std::optional<double> entropy_bits;    ///< H of the rows of cells
  std::optional<std::int64_t> distinct;  ///< different rows of cells
  std::optional<bool> saturated;         ///< within half a bit of log2 n: it measures n, not the layer
  std::optional<Cells> cells;            ///< of an estimator by binning
};

/// A way to estimate what a layer knows.
///
/// Everywhere: `labels`: `[N]`, whole numbers of any type, which are names only. `inputs`: the same, equal for examples
/// of one input; undefined where every example has an input of its own. What of X a layer knows is of X as the examples
/// have it, each with probability 1/N.
class VIB_API InformationEstimator {
 public:
  virtual ~InformationEstimator() = default;
  /// As a configuration names it, every number written out: "bins:30:-1:1". parse_estimator() reads it.
  virtual std::string name() const = 0;
  /// `activations`: `[N, ...]`, flattened to `[N, D]`. Throws vib::DataError, which names the row and the column, where
  /// one of them is not finite, and c10::Error for a wrong shape or type.
  virtual InformationEstimate estimate(const torch::Tensor& activations, const torch::Tensor& labels,
                                       const torch::Tensor& inputs = {}) const = 0;
  /// Those of R layers on the same examples, `[R, N, ...]`, each as estimate() gives it. One with a value that is not
  /// finite does not stop the others: its numbers are NaN.
  virtual std::vector<InformationEstimate> estimate_each(const torch::Tensor& activations, const torch::Tensor& labels,
                                                         const torch::Tensor& inputs = {}) const;
};

}  // namespace vib
