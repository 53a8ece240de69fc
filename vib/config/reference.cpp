#include "vib/config/reference.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "vib/config/field.h"
#include "vib/config/suggestion.h"

namespace vib {
namespace {

std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string code(const std::string& text) { return "`" + text + "`"; }

std::string allowed(const Field& field) {
  std::string names;
  for (const auto& alternative : field.alternatives) names += (names.empty() ? "" : ", ") + code(alternative.name);
  if (field.is_choice()) return names;
  const Section::Shorthand* shorthand = field.section ? field.section->shorthand() : nullptr;
  if (shorthand == nullptr) return field.allowed;
  const Field* plain = find_field(all_fields(*field.section), shorthand->key);
  return fmt::format("{}, short for `{{{}: {}, {}: …}}`, or a mapping", plain->allowed, shorthand->choice,
                     shorthand->name, shorthand->key);
}

std::string default_value(const Field& field) {
  const Field* written = field.section ? plain_value(*field.section) : &field;
  return written == nullptr ? "" : code(written->write());
}

std::string meaning(const Field& field) {
  std::string text = field.meaning;
  for (const auto& alternative : field.alternatives) {
    if (!alternative.meaning.empty()) text += fmt::format("; {}: {}", code(alternative.name), alternative.meaning);
  }
  return text;
}

/// A row for `field` and rows for what is in it; a mapping has one of its own only where that says something. The keys
/// of alternatives stay out.
void add_rows(const Field& field, const std::string& path, std::string& rows) {
  const std::string key = path + field.key;
  if (!field.section || !field.meaning.empty()) {
    rows += fmt::format("| {} | {} | {} | {} |\n", code(key), cell(default_value(field)), cell(allowed(field)),
                        cell(meaning(field)));
  }
  if (!field.section) return;
  for (const auto& inner : field.section->fields()) add_rows(inner, key + ".", rows);
}

std::string table(const std::string& rows) {
  return rows.empty() ? "" : "| key | default | allowed | meaning |\n| --- | --- | --- | --- |\n" + rows + "\n";
}

/// A heading and a table for each alternative that has keys, of each choice in `field`; alternatives with the same
/// keys share theirs.
void add_alternatives(const Field& field, const std::string& path, std::string& text) {
  const std::string key = path + field.key;
  if (field.section) {
    for (const auto& inner : field.section->fields()) add_alternatives(inner, key + ".", text);
  }
  struct Group {
    std::vector<std::string> names;
    std::string rows;
    std::string alternatives;
    bool operator==(const Group& other) const { return rows == other.rows && alternatives == other.alternatives; }
  };
  std::vector<Group> groups;
  for (const auto& alternative : field.alternatives) {
    Group group{.names = {alternative.name}, .rows = "", .alternatives = ""};
    for (const auto& own : alternative.keys.fields()) {
      add_rows(own, path, group.rows);
      add_alternatives(own, path, group.alternatives);
    }
    const auto same = std::ranges::find(groups, group);
    if (same == groups.end()) {
      groups.push_back(std::move(group));
    } else {
      same->names.push_back(alternative.name);
    }
  }
  for (const auto& group : groups) {
    if (group.rows.empty()) continue;
    text += fmt::format("### `{}: {}`\n\n{}{}", key, listed(group.names), table(group.rows), group.alternatives);
  }
}

}  // namespace

std::string config_reference(const Section::Describe& root) {
  const Section schema(root);
  std::string top_rows;
  std::string top_alternatives;
  std::string sections;
  for (const auto& field : schema.fields()) {
    if (!field.section) {
      add_rows(field, "", top_rows);
      add_alternatives(field, "", top_alternatives);
      continue;
    }
    std::string rows;
    const std::string path = field.key + ".";
    for (const auto& inner : field.section->fields()) add_rows(inner, path, rows);
    sections +=
        fmt::format("## `{}`{}{}\n\n{}", field.key, field.meaning.empty() ? "" : ": ", field.meaning, table(rows));
    for (const auto& inner : field.section->fields()) add_alternatives(inner, path, sections);
  }
  return table(top_rows) + top_alternatives + sections;
}

}  // namespace vib
