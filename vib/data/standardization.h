#pragma once

#include <torch/types.h>

#include "vib/data/dataset.h"

namespace vib {

/// What makes each feature zero on average and one in deviation: (x - mean) / scale. Shaped like one example; float64
/// where the inputs are, else float32. Both undefined: nothing is to be done.
struct Standardization {
  torch::Tensor mean;
  torch::Tensor scale;
};

/// Mean and standard deviation (that of the population: divided by N) of every feature of `train`, in the units of its
/// batches: bytes are first mapped to [low, high]. A constant feature gets scale 1. Computed in float64, some rows at a
/// time. Throws vib::DataError for whole numbers that are no bytes, of which an average means nothing.
Standardization fit_standardization(const Dataset& train);

/// Gives every part the mean and the scale of the training part's targets, which are values (Dataset::target_mean), as
/// above. Labels, values that are all 0 or 1 there, stay what they are: where there are no others, nothing is done.
void standardize_targets(DataSplits& splits);

}  // namespace vib
