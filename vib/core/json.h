#pragma once

#include <nlohmann/json.hpp>

namespace vib {

/// Keys in the order they are written.
using Json = nlohmann::ordered_json;

}  // namespace vib
