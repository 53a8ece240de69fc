#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vib/core/json.h"

namespace vib {

// For the .cpp files of this folder: what a run wrote, read back. `file` is the name that messages carry.

/// The object that summary.json holds. Throws vib::StateError, `FILE:LINE: …`, for text that is not JSON or no summary.
Json parse_summary(std::string_view text, const std::string& file);

/// The objects of metrics.jsonl, one a line. Throws vib::StateError, `FILE:LINE: …`, for a damaged line.
std::vector<Json> parse_metrics(std::string_view text, const std::string& file);

/// The number at a path such as "/test/error"; NaN where there is none, or null. Throws vib::StateError, `WHERE: …`,
/// for anything but a number.
double number_at(const Json& object, const std::string& path, const std::string& where);

}  // namespace vib
