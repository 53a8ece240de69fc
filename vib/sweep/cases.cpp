#include "vib/sweep/cases.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vib {
namespace {

constexpr const char* kBeta = "objective.beta";
constexpr const char* kDeterministic = "model.deterministic";

bool is_below(const std::string& key, const std::string& other) { return key.starts_with(other + "."); }

Place on_command_line(const std::string& text) { return {"command line: " + shortened(text), true}; }

}  // namespace

bool has_cases(std::span<const std::string> keys) { return std::ranges::find(keys, kCaseKey) != keys.end(); }

SettingCase baseline_case() { return {"baseline", {{kDeterministic, "true", {}}, {kBeta, "0", {}}}}; }

std::optional<SweepAxis> parse_case_axis(const std::string& text) {
  const auto prefix = std::string(kCaseKey) + "=";
  if (!text.starts_with(prefix) || text == prefix) return std::nullopt;
  if (auto axis = parse_axis(text)) return axis;
  return SweepAxis{kCaseKey, {text.substr(prefix.size())}, text, on_command_line(text)};
}

std::vector<SettingCase> chosen_cases(const std::vector<SettingCase>& all, const SweepAxis& axis) {
  if (all.empty()) refuse(axis.place, "", "the file has no cases; sweep.cases gives them");
  std::vector<std::string> names;
  for (const auto& one : all) names.push_back(one.name);
  std::vector<SettingCase> chosen;
  for (const auto& name : axis.values) {
    const auto found = std::ranges::find(all, name, &SettingCase::name);
    if (found == all.end())
      refuse(axis.place, "", fmt::format("no case {}; there are {}", shortened(name), fmt::join(names, ", ")));
    chosen.push_back(*found);
  }
  return chosen;
}

std::optional<std::string> settled(const std::string& key, const SettingCase& of) {
  std::optional<std::string> value;
  for (const auto& setting : of.settings) {
    if (setting.key == key) return setting.value;
    const bool without_rate =
        setting.key == kDeterministic && setting.value == "true" && (key == kBeta || is_below(key, kBeta));
    if (is_below(key, setting.key) || is_below(setting.key, key) || without_rate) value = "";
  }
  return value;
}

void check_cases(const std::vector<SettingCase>& cases, const std::vector<std::string>& overrides,
                 const std::vector<SweepAxis>& axes) {
  for (const auto& one : cases)
    for (const auto& setting : one.settings)
      if (is_below(setting.key, "sweep"))
        refuse(setting.place, "sweep.cases." + one.name, "a key of the sweep itself cannot be set");
  if (cases.empty()) return;
  constexpr const char* kUndone = "has no effect: every case under sweep.cases sets it";
  for (const auto& axis : axes)
    if (std::ranges::all_of(cases, [&](const SettingCase& one) { return settled(axis.key, one).has_value(); }))
      refuse(axis.place, "", kUndone);
  for (const auto& text : overrides) {
    const auto key = text.substr(0, text.find('='));
    const auto sets = [&](const SettingCase& one) {
      return std::ranges::any_of(one.settings, [&](const Setting& s) { return s.key == key || is_below(key, s.key); });
    };
    if (std::ranges::all_of(cases, sets)) refuse(on_command_line(text), "", kUndone);
  }
}

}  // namespace vib
