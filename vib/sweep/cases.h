#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vib/config/axis.h"
#include "vib/config/setting_case.h"

namespace vib {

/// The column of a trial's case, and the word that chooses some on the command line.
inline constexpr const char* kCaseKey = "case";

/// Whether a sweep of such keys has cases.
bool has_cases(std::span<const std::string> keys);

/// What sweep.baseline adds: the deterministic model.
SettingCase baseline_case();

/// The axis `case=NAME,...` that an argument is, of one name too; nothing where it is none.
std::optional<SweepAxis> parse_case_axis(const std::string& text);

/// Those of `all` that the axis takes, in its order. Throws vib::ConfigError for a name that is not there.
std::vector<SettingCase> chosen_cases(const std::vector<SettingCase>& all, const SweepAxis& axis);

/// What a case says of the key of an axis: its value, "" where it says something of which that key is but a part, or
/// that takes its meaning; nothing where the axis varies.
std::optional<std::string> settled(const std::string& key, const SettingCase& of);

/// Throws vib::ConfigError for a case that sets a key of the sweep itself, and for an override of the command line or
/// an axis that every case undoes.
void check_cases(const std::vector<SettingCase>& cases, const std::vector<std::string>& overrides,
                 const std::vector<SweepAxis>& axes);

}  // namespace vib
