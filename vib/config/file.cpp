#include "vib/config/file.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/config/field.h"
#include "vib/config/override.h"
#include "vib/config/scalar.h"
#include "vib/config/suggestion.h"
#include "vib/config/value.h"
#include "vib/core/error.h"

namespace vib {
namespace {

std::string joined(const std::string& path, const std::string& key) {
  return path.empty() ? shortened(key) : path + "." + shortened(key);
}

std::vector<std::string> keys_of(const std::vector<const Field*>& fields) {
  std::vector<std::string> keys;
  for (const Field* field : fields) keys.push_back(field->key);
  return keys;
}

/// The dotted name of the first field called `key` anywhere below `section`, or "".
std::string find_anywhere(const Section& section, const std::string& key, const std::string& path = "") {
  for (const Field* field : all_fields(section)) {
    const std::string name = joined(path, field->key);
    if (field->key == key) return name;
    const std::string below = field->section ? find_anywhere(*field->section, key, name) : "";
    if (!below.empty()) return below;
  }
  return "";
}

std::string read_text(const std::filesystem::path& path) {
  constexpr std::size_t kLargest = std::size_t{1} << 20;
  const std::string name = path.string();
  std::error_code error;
  if (!std::filesystem::exists(path, error)) throw ConfigError(name + ": no such file");
  if (std::filesystem::is_directory(path, error)) throw ConfigError(name + ": a directory, expects a YAML file");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw ConfigError(fmt::format("{}: cannot be read: {}", name, std::strerror(errno)));
  std::string text(kLargest + 1, '\0');
  text.resize(static_cast<std::size_t>(stream.read(text.data(), static_cast<std::streamsize>(text.size())).gcount()));
  if (text.size() > kLargest) throw ConfigError(name + ": larger than 1 MiB: not a configuration");
  return text;
}

ConfigValue read_file(const std::filesystem::path& path) {
  ConfigValue file = parse_config_text(read_text(path), path.string());
  if (file.kind == ConfigValue::Kind::kNull) throw ConfigError(path.string() + ": empty: expects keys and values");
  if (!file.is_map()) refuse(file.place, "", "expects keys and values (key: value), got " + file.shown());
  return file;
}

class Reader {
 public:
  Reader(const Section& root, ConfigOrigins& origins) : root_(root), origins_(origins) {}

  void read(const Section& section, const ConfigValue& value, const std::string& path) {
    if (!value.is_map()) return read_plain(section, value, path);
    choose(section, value, path);
    const auto fields = fields_in_use(section);
    for (const auto& entry : value.entries) {
      const std::string key = joined(path, entry.key);
      const Field* field = find_field(fields, entry.key);
      if (field == nullptr) refuse_unknown(section, entry, path);
      const auto* first = value.find(entry.key);
      if (first != &entry) refuse(entry.place, key, "given twice, first at " + first->place.text);
      if (field->section) {
        read(*field->section, entry.value, key);
      } else {
        field->read(entry.value, key);
      }
      origins_.record(key, entry.value.place.text);
    }
  }

 private:
  /// Choices come first: they decide which other keys there are, wherever in the mapping they stand.
  void choose(const Section& section, const ConfigValue& map, const std::string& path) {
    for (const auto& field : section.fields()) {
      if (!field.is_choice()) continue;
      if (const auto* entry = map.find(field.key)) field.read(entry->value, joined(path, field.key));
      choose(field.alternative().keys, map, path);
    }
  }

  /// A value that is no mapping where `section` is expected.
  void read_plain(const Section& section, const ConfigValue& value, const std::string& path) {
    const Section::Shorthand* shorthand = section.shorthand();
    const bool scalar = value.kind == ConfigValue::Kind::kScalar;
    for (const auto& field : section.fields()) {
      if (scalar && std::ranges::find(field.alternatives, value.text, &Alternative::name) != field.alternatives.end()) {
        refuse_value(value, path, "a mapping", fmt::format("write {{{}: {}}}", field.key, value.text));
      }
    }
    if (shorthand == nullptr) refuse_value(value, path, "a mapping");
    const ConfigValue map = written_out(value, *shorthand);
    choose(section, map, path);
    const Field* field = find_field(fields_in_use(section), shorthand->key);
    if (!scalar) refuse_value(value, path, field->allowed + " or a mapping");
    field->read(value, path);
    origins_.record(joined(path, shorthand->key), value.place.text);
  }

  [[noreturn]] void refuse_unknown(const Section& section, const ConfigValue::Entry& entry, const std::string& path) {
    const std::string key = joined(path, entry.key);
    const auto fields = fields_in_use(section);
    for (const Field* choice : fields) {
      if (!choice->is_choice() || find_field(all_fields(choice->alternative().keys), entry.key) != nullptr)
        continue;  // it is a key of the chosen one, below a choice of its own that has more to say
      std::vector<std::string> owners;
      for (const auto& other : choice->alternatives) {
        if (find_field(all_fields(other.keys), entry.key) != nullptr) owners.push_back(other.name);
      }
      if (owners.empty()) continue;
      const auto& chosen = choice->alternative();
      const auto taken = keys_of(fields_in_use(chosen.keys));
      refuse(entry.place, key,
             fmt::format("belongs to {0}: {1}; {0} is {2}, which takes {3}: remove {4}", choice->key, listed(owners),
                         chosen.name, taken.empty() ? "no keys" : fmt::format("{}", fmt::join(taken, ", ")),
                         shortened(entry.key)));
    }
    const auto known = keys_of(fields);
    refuse(entry.place, key, fmt::format("unknown key; allowed: {}{}", fmt::join(known, ", "), hint(entry.key, known)));
  }

  std::string hint(const std::string& key, const std::vector<std::string>& known) const {
    std::string meant = nearest(shortened(key), known);
    if (meant.empty()) meant = find_anywhere(root_, key);
    if (!meant.empty()) return fmt::format("; did you mean {}?", meant);
    if (key.find('.') != std::string::npos) return "; a dot in a key means nothing here: nest the mappings";
    if (key.find(':') != std::string::npos) return "; a colon needs a space after it";
    return "";
  }

  const Section& root_;
  ConfigOrigins& origins_;
};

void dump(const Section& section, const std::string& indent, std::string& text) {
  for (const Field* field : fields_in_use(section)) {
    if (!field->section) {
      text += fmt::format("{}{}: {}\n", indent, field->key, field->write());
    } else if (const Field* plain = plain_value(*field->section)) {
      text += fmt::format("{}{}: {}\n", indent, field->key, plain->write());
    } else {
      text += fmt::format("{}{}:\n", indent, field->key);
      dump(*field->section, indent + "  ", text);
    }
  }
}

}  // namespace

std::string ConfigOrigins::where(const std::string& key) const {
  const auto found = where_.find(key);
  return found == where_.end() ? "default" : found->second;
}

void ConfigOrigins::fail(const std::string& key, const std::string& message) const {
  const auto found = where_.find(key);
  refuse({found == where_.end() ? file_ : found->second}, key, message);
}

ConfigOrigins load_config(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                          const Section::Describe& root) {
  const Section schema(root);
  ConfigValue file = read_file(path);
  for (const auto& override_text : overrides) apply_override(file, schema, override_text);
  ConfigOrigins origins(path.string());
  Reader(schema, origins).read(schema, file, "");
  return origins;
}

std::string dump_config(const Section::Describe& root) {
  std::string text;
  dump(Section(root), "", text);
  return text;
}

}  // namespace vib
