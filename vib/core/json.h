#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace vib {

/// Keys in the order they are written.
using Json = nlohmann::ordered_json;

/// On one line, or `indent` spaces a level. What is not UTF-8, as a file's name may be, becomes U+FFFD.
inline std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vib
