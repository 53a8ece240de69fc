#include "vib/config/override.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "vib/config/field.h"

namespace vib {
namespace {

/// Removes the keys the file gave for other alternatives of `choice` than `chosen`.
void drop_foreign_keys(ConfigValue& map, const Field& choice, const std::string& chosen) {
  const auto alternative = std::ranges::find(choice.alternatives, chosen, &Alternative::name);
  if (alternative == choice.alternatives.end()) return;
  const auto kept = all_fields(alternative->keys);
  for (const auto& other : choice.alternatives) {
    const auto foreign = all_fields(other.keys);
    std::erase_if(map.entries, [&](const auto& entry) {
      return !entry.value.place.command_line && find_field(foreign, entry.key) != nullptr &&
             find_field(kept, entry.key) == nullptr;
    });
  }
}

/// Puts `value` at the dotted `key` of `map`, which `section` describes. Where the schema or the file has no mapping to
/// descend into, reading the result complains about it.
void put(ConfigValue& map, const Section& section, const std::string& key, ConfigValue value) {
  const std::size_t dot = key.find('.');
  const std::string head = key.substr(0, dot);
  const Field* field = find_field(all_fields(section), head);
  const ConfigValue empty_map{.kind = ConfigValue::Kind::kMap, .place = value.place};
  ConfigValue::Entry* entry = map.find(head);
  if (entry == nullptr) {
    map.entries.push_back({head, value.place, empty_map});
    entry = &map.entries.back();
  }

  if (dot == std::string::npos) {
    const std::string chosen = value.text;
    entry->place = value.place;
    entry->value = std::move(value);
    if (field != nullptr && field->is_choice()) drop_foreign_keys(map, *field, chosen);
    return;
  }
  const Section* below = field == nullptr ? nullptr : field->section.get();
  if (below == nullptr) {
    entry->value = empty_map;
    return;
  }
  if (entry->value.kind == ConfigValue::Kind::kScalar && below->shorthand() != nullptr) {
    entry->value = written_out(entry->value, *below->shorthand());
  }
  if (entry->value.is_map()) put(entry->value, *below, key.substr(dot + 1), std::move(value));
}

}  // namespace

void apply_override(ConfigValue& file, const Section& root, const std::string& text) {
  const Place place{"command line: " + shortened(text), true};
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) refuse(place, "", "expects KEY=VALUE");
  const std::string key = text.substr(0, equals);
  if (("." + key + ".").find("..") != std::string::npos)
    refuse(place, "", "expects KEY=VALUE, part of the key is empty");
  put(file, root, key, parse_override_value(text.substr(equals + 1), place));
}

}  // namespace vib
