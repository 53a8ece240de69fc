#pragma once

#include <nlohmann/json.hpp>

#include "vib/evaluate/evaluate.h"
#include "vib/train/history.h"

namespace vib {

/// Keys in the order they are written.
using Json = nlohmann::ordered_json;

/// The objects of summary.json and metrics.jsonl. A number that does not apply (the rate of a deterministic model), or
/// is not finite, is null.
Json to_json(const SplitMetrics& metrics);
Json to_json(const EpochRecord& record);

}  // namespace vib
