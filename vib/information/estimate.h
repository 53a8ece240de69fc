#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

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
  std::optional<double> entropy_bits;    ///< of the cells
  std::optional<std::int64_t> distinct;  ///< cells that are not empty
  std::optional<bool> saturated;         ///< the entropy is within half a bit of log2 n: it measures n, not the layer
};

/// A way to estimate what a layer knows.
class VIB_API InformationEstimator {
 public:
  virtual ~InformationEstimator() = default;
  /// As a configuration names it, every number written out: "bins:30:-1:1".
  virtual std::string name() const = 0;
  /// `activations`: `[N, ...]`, flattened to `[N, D]`; `labels`: `[N]`, whole numbers. `inputs`: `[N]`, whole numbers,
  /// the same for examples of one input; undefined where every example has an input of its own.
  virtual InformationEstimate estimate(const torch::Tensor& activations, const torch::Tensor& labels,
                                       const torch::Tensor& inputs = {}) const = 0;
};

}  // namespace vib
