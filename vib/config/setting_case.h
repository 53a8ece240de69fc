#pragma once

#include <string>
#include <vector>

#include "vib/config/value.h"

namespace vib {

/// A key and its value, as in an override.
struct Setting {
  std::string key;    ///< with dots
  std::string value;  ///< YAML on one line
  Place place;
};

/// Settings under a name.
struct SettingCase {
  std::string name;
  std::vector<Setting> settings;
};

/// The cases that `{NAME: {KEY: VALUE, ...}, ...}` is. Throws vib::ConfigError in the name of `key`, for a name that is
/// no part of a file's name and for names and keys that come twice, too.
std::vector<SettingCase> read_cases(const ConfigValue& value, const std::string& key, const std::string& allowed);

/// The same as YAML on one line.
std::string cases_text(const std::vector<SettingCase>& cases);

}  // namespace vib
