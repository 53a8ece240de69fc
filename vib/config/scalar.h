#pragma once

#include <cstdint>
#include <string>

#include "vib/config/value.h"

namespace vib {

// Single values, from configuration text and to it. Each reader throws vib::ConfigError in the name of `key`: "expects
// `allowed`, got …", with the way out where the mistake is a common one.

[[noreturn]] void refuse_value(const ConfigValue& value, const std::string& key, const std::string& allowed,
                               const std::string& hint = "");

bool read_bool(const ConfigValue& value, const std::string& key, const std::string& allowed);
std::int64_t read_integer(const ConfigValue& value, const std::string& key, const std::string& allowed);
std::uint64_t read_unsigned(const ConfigValue& value, const std::string& key, const std::string& allowed);
double read_number(const ConfigValue& value, const std::string& key, const std::string& allowed);
/// Any scalar but null; `5` and `true` are strings here.
std::string read_string(const ConfigValue& value, const std::string& key, const std::string& allowed);

/// The shortest decimal that reads back as the same double: "0.001", "1e-05".
std::string number_text(double value);
/// Plain where no YAML reader takes it for anything but a string, in double quotes elsewhere.
std::string string_text(const std::string& value);

}  // namespace vib
