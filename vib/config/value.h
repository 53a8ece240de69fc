#pragma once

#include <string>
#include <vector>

namespace vib {

/// Where a piece of configuration text stands: "FILE:LINE:COLUMN", or "command line: KEY=VALUE".
struct Place {
  std::string text;
  bool command_line = false;
};

/// A key of a mapping, and its value. A template, since mappings are values themselves.
template <typename Value>
struct ConfigEntry {
  std::string key;
  Place place;  ///< of the key
  Value value;
};

/// Configuration text as a tree, before anything is known about its keys. Mappings keep the order and the repetitions
/// of the text.
struct ConfigValue {
  enum class Kind { kNull, kScalar, kList, kMap };
  using Entry = ConfigEntry<ConfigValue>;

  Kind kind = Kind::kNull;
  Place place = {};
  std::string text = {};                ///< of a scalar
  bool quoted = false;                  ///< "5" is a string, 5 is not
  std::vector<ConfigValue> items = {};  ///< of a list
  std::vector<Entry> entries = {};      ///< of a mapping

  bool is_map() const { return kind == Kind::kMap; }
  /// The first entry of that key, or nullptr.
  Entry* find(const std::string& key);
  const Entry* find(const std::string& key) const { return const_cast<ConfigValue*>(this)->find(key); }
  /// As in a message: "'twenty'", "a list", "nothing"; long text is shortened.
  std::string shown() const;
};

/// `text` in at most 60 characters on one line, for messages.
std::string shortened(const std::string& text);

/// Throws vib::ConfigError `PLACE: key: message`; the key is left out where the place names it already.
[[noreturn]] void refuse(const Place& place, const std::string& key, const std::string& message);

/// The one YAML document in the text of file `name`; a null value when there is none. Throws vib::ConfigError for text
/// that is not UTF-8 or not YAML, for several documents, tabs in the indentation, tags, merge keys, keys that are not
/// names, and aliases or nesting beyond reason.
ConfigValue parse_config_text(const std::string& text, const std::string& name);
/// The value of an override "KEY=VALUE"; every place in it is the override itself.
ConfigValue parse_override_value(const std::string& text, const Place& place);

}  // namespace vib
