#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vib/config/section.h"
#include "vib/config/value.h"

namespace vib {

/// One alternative of a choice and the keys only it has.
struct Alternative {
  std::string name;
  std::string meaning;
  Section keys;
};

/// One key of a Section: what load, dump and reference know of it. Either a value, or a choice (a value that also has
/// `alternatives`), or a mapping (`section`, and neither `read` nor `write`).
struct Field {
  std::string key;
  std::string meaning;
  std::string allowed;  ///< "an integer >= 1"
  /// Sets the variable, or throws vib::ConfigError in the name of `key` (the full one).
  std::function<void(const ConfigValue& value, const std::string& key)> read = nullptr;
  /// The variable as YAML on one line.
  std::function<std::string()> write = nullptr;
  std::vector<Alternative> alternatives = {};
  std::function<std::size_t()> chosen = nullptr;  ///< index of the alternative the variable holds
  std::unique_ptr<Section> section = nullptr;

  bool is_choice() const { return !alternatives.empty(); }
  const Alternative& alternative() const { return alternatives.at(chosen()); }
};

/// The fields in use: those of `section` and, after each choice, those of the alternative chosen.
std::vector<const Field*> fields_in_use(const Section& section);
/// The fields in use and those of every other alternative.
std::vector<const Field*> all_fields(const Section& section);
/// The first field of that key, or nullptr.
const Field* find_field(const std::vector<const Field*>& fields, const std::string& key);
/// The field whose value can stand for all of `section` as it is now, or nullptr.
const Field* plain_value(const Section& section);
/// The mapping that the plain `value` stands for.
ConfigValue written_out(const ConfigValue& value, const Section::Shorthand& shorthand);

}  // namespace vib
