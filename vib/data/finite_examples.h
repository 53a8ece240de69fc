#pragma once

#include <torch/types.h>

#include "vib/data/dataset.h"

namespace vib {

/// Throws vib::DataError, naming the first one and the file that it lies in, where an example at `index` (`[n]`, int64)
/// has a NaN or an infinity in its input or its target, as a network is given them. To be asked once a loss is no
/// longer a number: data were finite when they were read, but a mapped file may have been written to since.
void check_finite_examples(const Dataset& data, const torch::Tensor& index);

/// The same of all examples.
void check_finite_examples(const Dataset& data);

}  // namespace vib
