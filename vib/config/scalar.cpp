#include "vib/config/scalar.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace vib {
namespace {

/// from_chars, which knows no plus sign.
template <class Number>
std::from_chars_result convert(std::string_view text, Number& number) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec == std::errc() && result.ptr != text.data() + text.size()) result.ec = std::errc::invalid_argument;
  return result;
}

/// The text of a plain scalar: "5" in quotes is a string on purpose.
const std::string& plain_text(const ConfigValue& value, const std::string& key, const std::string& allowed) {
  if (value.kind != ConfigValue::Kind::kScalar) refuse_value(value, key, allowed);
  if (value.quoted) refuse_value(value, key, allowed, "write it without quotes");
  return value.text;
}

/// 1e3 and 60000.0 are whole numbers, but no integers.
std::string integer_hint(const std::string& text) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  double number = 0;
  if (convert(text, number).ec != std::errc() || number != std::trunc(number) || std::abs(number) > kExact) return "";
  const auto digits = fmt::format("{:.0f}", number);
  return digits == text ? "" : "write " + digits;
}

template <class Integer>
Integer read_whole(const ConfigValue& value, const std::string& key, const std::string& allowed) {
  const std::string& text = plain_text(value, key, allowed);
  Integer number = 0;
  const auto error = convert(text, number).ec;
  if (error == std::errc::result_out_of_range) refuse_value(value, key, allowed, "64 bits cannot hold it");
  if (error != std::errc()) refuse_value(value, key, allowed, integer_hint(text));
  return number;
}

}  // namespace

void refuse_value(const ConfigValue& value, const std::string& key, const std::string& allowed,
                  const std::string& hint) {
  refuse(value.place, key,
         fmt::format("expects {}, got {}{}", allowed, value.shown(), hint.empty() ? "" : "; " + hint));
}

bool read_bool(const ConfigValue& value, const std::string& key, const std::string& allowed) {
  const std::string& text = plain_text(value, key, allowed);
  if (text == "true" || text == "false") return text == "true";
  std::string lower = text;
  std::transform(text.begin(), text.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto one_of = [&](const auto& words) { return std::ranges::find(words, lower) != std::end(words); };
  const bool yes = one_of(std::array{"true", "yes", "on", "y", "1"});
  const bool no = one_of(std::array{"false", "no", "off", "n", "0"});
  refuse_value(value, key, allowed, yes ? "write true" : no ? "write false" : "");
}

std::int64_t read_integer(const ConfigValue& value, const std::string& key, const std::string& allowed) {
  return read_whole<std::int64_t>(value, key, allowed);
}

std::uint64_t read_unsigned(const ConfigValue& value, const std::string& key, const std::string& allowed) {
  return read_whole<std::uint64_t>(value, key, allowed);
}

double read_number(const ConfigValue& value, const std::string& key, const std::string& allowed) {
  const std::string& text = plain_text(value, key, allowed);
  double number = 0;
  const auto error = convert(text, number).ec;
  if (error == std::errc::result_out_of_range) refuse_value(value, key, allowed, "a double cannot hold it");
  if (error != std::errc() || !std::isfinite(number)) refuse_value(value, key, allowed);
  return number;
}

std::string read_string(const ConfigValue& value, const std::string& key, const std::string& allowed) {
  constexpr std::size_t kLongest = 4096;
  if (value.kind != ConfigValue::Kind::kScalar) refuse_value(value, key, allowed);
  if (value.text.size() > kLongest) refuse_value(value, key, allowed, fmt::format("at most {} bytes", kLongest));
  return value.text;
}

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

std::string string_text(const std::string& value) {
  const auto letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  const auto harmless = [&](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("_-./+:").find(static_cast<char>(c)) != std::string_view::npos;
  };
  constexpr std::array kNotStrings = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  std::string lower = value;
  std::transform(value.begin(), value.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });

  const bool begins_well = !value.empty() && (letter(value[0]) || value[0] == '/' || value[0] == '_' ||
                                              value.starts_with("./") || value.starts_with("../"));
  if (begins_well && value.back() != ':' && std::ranges::all_of(value, harmless) &&
      std::ranges::find(kNotStrings, lower) == kNotStrings.end()) {
    return value;
  }
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace vib
