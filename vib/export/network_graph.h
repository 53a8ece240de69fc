#pragma once

#include <cstdint>
#include <vector>

#include "vib/experiment/data_description.h"
#include "vib/export/graph.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// What trained networks compute together, or one alone, from the inputs as the data files hold them to predictions.
///
/// Input `inputs`: uint8 `[batch, ...]` (bytes), int64 `[batch, length]` (tokens), float32 `[batch, ...]` (numbers, not
/// yet standardised) or float64 `[batch, ...]` (numbers that were float64 when mean and scale were found, and rows of a
/// table: in the order of its encoding, a category as a 1 among zeros, a missing number NaN where it is filled in).
///
/// Outputs: `probabilities` `[batch, C]` of classes, float32, or `mean` `[batch, D]`, the expected labels, values or
/// inputs, and where the likelihood has a variance `sd` `[batch, D]`, the deviation from it; values that were
/// standardised in the data's unit, float64, others float32. `rate_bits` `[batch]`, float32, the rate, unless the model
/// is deterministic or its rate has no closed form.
///
/// `draws` = 0: the prediction at z = μ. Otherwise the moments of the mixture over so many draws of z, which the graph
/// makes itself; a deterministic model has no use for them. Of several networks of one kind, the moments of
/// their mixture; their weights then have names that begin with "members.0.". Throws vib::StateError for a backbone
/// that is none of this library's encoders.
Graph network_graph(const std::vector<VibModel>& members, const DataDescription& data, std::int64_t draws = 0);

}  // namespace vib
