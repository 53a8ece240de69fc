#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib {

/// Keys in the order they are written.
using Json = nlohmann::ordered_json;

/// On one line, or `indent` spaces a level. What is not UTF-8, as a file's name may be, becomes U+FFFD.
inline std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// Text that is no JSON, or an entry that is not what it must be. `what()` is one line, without the file.
class JsonError : public std::runtime_error {
 public:
  explicit JsonError(const std::string& reason, std::int64_t line = 0) : std::runtime_error(reason), line_(line) {}

  /// "FILE:LINE: reason", the text's first line being `first_line` of the file; without a line where none is known.
  std::string in(const std::string& file, std::int64_t first_line = 1) const;

 private:
  std::int64_t line_;  // from 1; 0: not known
};

/// Throws JsonError where brackets are nested more than 64 deep: whoever goes through values goes so deep himself.
void check_nesting(std::string_view text);
/// What nlohmann-json says of a text that it cannot read, in few words and with the place.
[[noreturn]] void refuse_json(std::string_view text, const nlohmann::json::exception& error);

/// What all JSON is read by. Throws JsonError for what is no JSON, for too deep a nesting, and for numbers beyond what
/// a double holds.
template <typename Type = Json>
Type parse_json(std::string_view text) {
  check_nesting(text);
  try {
    return Type::parse(text);
  } catch (const nlohmann::json::exception& error) {
    refuse_json(text, error);
  }
}

/// A few words for a value, in messages.
std::string json_excerpt(const Json& json);

/// A value of a JSON file by its place in it, "table.inputs[2].scale", for readers that trust nothing: whatever is not
/// what is asked for throws JsonError, which names the place, what must be there and what is.
class JsonEntry {
 public:
  explicit JsonEntry(const Json& json, std::string place = "") : json_(&json), place_(std::move(place)) {}

  const Json& json() const { return *json_; }
  /// The entry of an object.
  JsonEntry at(const std::string& key) const;
  /// Nothing where there is none of that name.
  std::optional<JsonEntry> find(const std::string& key) const;
  /// Those of a list.
  std::vector<JsonEntry> items() const;

  bool boolean() const;
  std::int64_t integer(std::int64_t low, std::int64_t high = std::numeric_limits<std::int64_t>::max()) const;
  double number() const;
  std::string text() const;
  std::vector<std::string> texts() const;

  /// Throws JsonError: `"PLACE" must be EXPECTED, found …`.
  [[noreturn]] void refuse(const std::string& expected) const;

 private:
  const Json* json_;
  std::string place_;
};

/// Calls `read` with what `file` holds. Throws vib::StateError, `FILE:LINE: reason: WAY OUT`, where that is no JSON or
/// `read` refuses it.
template <typename Read>
auto read_json(const std::filesystem::path& file, const std::string& way_out, const Read& read) {
  const auto text = read_file(file);
  try {
    const auto json = parse_json(text);
    return read(JsonEntry(json));
  } catch (const JsonError& error) {
    throw StateError(error.in(file.string()) + ": " + way_out);
  }
}

}  // namespace vib
