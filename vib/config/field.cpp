#include "vib/config/field.h"

#include <algorithm>
#include <utility>

namespace vib {

std::vector<const Field*> fields_in_use(const Section& section) {
  std::vector<const Field*> fields;
  for (const auto& field : section.fields()) {
    fields.push_back(&field);
    if (!field.is_choice()) continue;
    const auto own = fields_in_use(field.alternative().keys);
    fields.insert(fields.end(), own.begin(), own.end());
  }
  return fields;
}

std::vector<const Field*> all_fields(const Section& section) {
  std::vector<const Field*> fields;
  for (const auto& field : section.fields()) {
    fields.push_back(&field);
    for (const auto& alternative : field.alternatives) {
      const auto own = all_fields(alternative.keys);
      fields.insert(fields.end(), own.begin(), own.end());
    }
  }
  return fields;
}

const Field* find_field(const std::vector<const Field*>& fields, const std::string& key) {
  const auto found = std::ranges::find(fields, key, &Field::key);
  return found == fields.end() ? nullptr : *found;
}

const Field* plain_value(const Section& section) {
  const Section::Shorthand* shorthand = section.shorthand();
  const auto fields = fields_in_use(section);
  if (shorthand == nullptr || fields.size() != 2) return nullptr;
  const Field* choice = find_field(fields, shorthand->choice);
  return choice->alternative().name == shorthand->name ? find_field(fields, shorthand->key) : nullptr;
}

ConfigValue written_out(const ConfigValue& value, const Section::Shorthand& shorthand) {
  ConfigValue name{.kind = ConfigValue::Kind::kScalar, .place = value.place, .text = shorthand.name};
  ConfigValue map{.kind = ConfigValue::Kind::kMap, .place = value.place};
  map.entries.push_back({shorthand.choice, value.place, std::move(name)});
  map.entries.push_back({shorthand.key, value.place, value});
  return map;
}

}  // namespace vib
