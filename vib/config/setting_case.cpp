#include "vib/config/setting_case.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/config/scalar.h"

namespace vib {
namespace {

bool is_word(const std::string& text) {
  const auto belongs = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '+' || c == '.';
  };
  return !text.empty() && std::ranges::all_of(text, belongs);
}

/// A scalar or a list; numbers, true and false stay what they are.
std::string text_of(const ConfigValue& value) {
  if (value.kind == ConfigValue::Kind::kScalar)
    return !value.quoted && is_word(value.text) ? value.text : string_text(value.text);
  std::vector<std::string> items;
  for (const auto& item : value.items) items.push_back(text_of(item));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

void add_settings(const ConfigValue& map, const std::string& prefix, const std::string& name,
                  std::vector<Setting>& settings) {
  for (const auto& [key, place, value] : map.entries) {
    const auto full = prefix + key;
    if (value.is_map()) {
      add_settings(value, full + ".", name, settings);
      continue;
    }
    if (value.kind == ConfigValue::Kind::kNull) refuse(place, name, fmt::format("{} has no value", shortened(full)));
    if (std::ranges::find(settings, full, &Setting::key) != settings.end())
      refuse(place, name, fmt::format("{} is given twice", shortened(full)));
    settings.push_back({full, text_of(value), place});
  }
}

}  // namespace

std::vector<SettingCase> read_cases(const ConfigValue& value, const std::string& key, const std::string& allowed) {
  if (!value.is_map()) refuse_value(value, key, allowed);
  std::vector<SettingCase> cases;
  for (const auto& [name, place, settings] : value.entries) {
    const auto full = key + "." + shortened(name);
    if (!is_word(name))
      refuse(place, key, fmt::format("the name '{}' expects letters, digits, _, -, + and .", shortened(name)));
    if (!settings.is_map()) refuse_value(settings, full, "a mapping from keys to values, {} for none");
    if (std::ranges::find(cases, name, &SettingCase::name) != cases.end()) refuse(place, full, "is given twice");
    add_settings(settings, "", full, cases.emplace_back(SettingCase{name, {}}).settings);
  }
  return cases;
}

std::string cases_text(const std::vector<SettingCase>& cases) {
  std::vector<std::string> texts;
  for (const auto& [name, settings] : cases) {
    std::vector<std::string> entries;
    for (const auto& setting : settings) entries.push_back(setting.key + ": " + setting.value);
    texts.push_back(fmt::format("{}: {{{}}}", string_text(name), fmt::join(entries, ", ")));
  }
  return fmt::format("{{{}}}", fmt::join(texts, ", "));
}

}  // namespace vib
