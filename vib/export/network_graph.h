#pragma once

#include <cstdint>
#include <vector>

#include "vib/experiment/data_description.h"
#include "vib/export/graph.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// What trained networks compute together, or one alone, from the inputs as the data files hold them to predictions.
///
/// Input `inputs`: uint8 `[batch, ...]` (bytes), int64 `[batch, length]` (tokens) or float32 `[batch, ...]` (numbers,
/// not yet standardised; of a table in the order of its encoding, a category as a 1 among zeros).
///
/// Outputs, float32: `probabilities` `[batch, C]` of classes, or `mean` `[batch, D]`, the expected labels, values or
/// inputs; and `rate_bits` `[batch]`, KL( q(z|x) || N(0, I) ), unless the model is deterministic.
///
/// `draws` = 0: the prediction at z = μ. Otherwise the mean of the predictions over so many draws of z, which the graph
/// makes itself; a deterministic model has no use for them. Of several networks of one kind, the means of what each
/// says; their weights then have names that begin with "members.0.". Throws vib::StateError for a backbone that is none
/// of this library's encoders.
Graph network_graph(const std::vector<VibModel>& members, const DataDescription& data, std::int64_t draws = 0);

}  // namespace vib
