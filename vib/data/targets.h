#pragma once

#include <string>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// What is predicted.
enum class TargetKind {
  classes,  ///< one of C classes: int64 `[N]`
  values,   ///< one or more numbers: float32 or float64 `[N, D]`
  none,     ///< nothing but the inputs
};

/// Class indices, int64 `[N]`, of `targets` (`[N]` or `[N, 1]`, of any type as long as they are whole numbers from 0).
/// `source` begins every message. Throws vib::DataError that names the first wrong row.
VIB_API torch::Tensor class_targets(const torch::Tensor& targets, const std::string& source);

/// Numbers to predict, `[N, D]`, of `targets` (`[N]` or `[N, D]`, of any type): float32 where that holds every number
/// of the type, else float64. Throws vib::DataError that names the first row with a number that is not finite in
/// float32.
VIB_API torch::Tensor value_targets(const torch::Tensor& targets, const std::string& source);

/// Throws vib::DataError that names the first row (along dimension 0) of `tensor` with a NaN or an infinity.
VIB_API void check_finite(const torch::Tensor& tensor, const std::string& source);

/// One more than the largest of `targets`. Throws vib::DataError where these are more classes than any decoder is for.
VIB_API std::int64_t count_classes(const torch::Tensor& targets, const std::string& source);

/// Throws vib::DataError that names the first row of `targets` that is none of `classes` classes.
VIB_API void check_classes(const torch::Tensor& targets, std::int64_t classes, const std::string& source);

}  // namespace vib
