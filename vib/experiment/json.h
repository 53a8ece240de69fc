#pragma once

#include "vib/core/json.h"
#include "vib/evaluate/evaluate.h"
#include "vib/train/history.h"

namespace vib {

/// The objects of summary.json and metrics.jsonl. A number that does not apply (the rate of a deterministic model), or
/// is not finite, is null.
Json to_json(const SplitMetrics& metrics);
Json to_json(const EpochRecord& record);

}  // namespace vib
