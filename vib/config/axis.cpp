#include "vib/config/axis.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "vib/config/scalar.h"

namespace vib {
namespace {

ConfigValue scalar(const std::string& text, const Place& place) {
  return {.kind = ConfigValue::Kind::kScalar, .place = place, .text = text};
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

/// Where `text` holds `separator` outside brackets and quotes. One left open reaches to the end; reading the value
/// complains about it.
std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> pieces(1);
  int depth = 0;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == separator && depth == 0 && quote == '\0') {
      pieces.emplace_back();
      continue;
    }
    pieces.back() += c;
    if (quote == '"' && c == '\\' && i + 1 < text.size()) {
      pieces.back() += text[++i];
    } else if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      depth = std::max(depth - 1, 0);
    }
  }
  std::ranges::transform(pieces, pieces.begin(), trimmed);
  return pieces;
}

/// Rounded to 6 significant digits; a whole number without exponent or point, for a key of integers.
std::string point_text(double x) {
  const auto digits = fmt::format("{:.6g}", x);
  double rounded = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), rounded);
  constexpr double kPlain = 1e15;
  return rounded == std::trunc(rounded) && std::abs(rounded) < kPlain ? fmt::format("{:.0f}", rounded)
                                                                      : number_text(rounded);
}

/// `spec` is log:LO:HI:N or lin:LO:HI:N.
std::vector<std::string> grid(const std::string& spec, const Place& place) {
  const auto parts = split(spec, ':');
  const bool log = parts[0] == "log";
  if (parts.size() != 4) {
    refuse(place, "", fmt::format("expects {0}:LO:HI:N, as in {0}:{1}", parts[0], log ? "1e-6:1:13" : "0:1:5"));
  }
  const std::string low_allowed = log ? "LO to be a number > 0" : "LO to be a number";
  const double low = read_number(scalar(parts[1], place), "", low_allowed);
  if (log && low <= 0) refuse_value(scalar(parts[1], place), "", low_allowed);
  const std::string high_allowed = "HI to be a number > " + number_text(low);
  const double high = read_number(scalar(parts[2], place), "", high_allowed);
  if (high <= low) refuse_value(scalar(parts[2], place), "", high_allowed);
  const std::string count_allowed = fmt::format("N to be an integer from 2 to {}", kMostTrials);
  const auto count = read_integer(scalar(parts[3], place), "", count_allowed);
  if (count < 2 || count > static_cast<std::int64_t>(kMostTrials))
    refuse_value(scalar(parts[3], place), "", count_allowed);

  std::vector<std::string> values;
  for (std::int64_t i = 0; i < count; ++i) {
    // weights that end in exactly 0 and 1, and do not overflow where high - low would
    const double b = static_cast<double>(i) / static_cast<double>(count - 1), a = 1 - b;
    const double x = log ? std::exp(a * std::log(low) + b * std::log(high)) : a * low + b * high;
    // what is left of 0 by rounding is 0
    const bool zero = !log && std::abs(x) < 1e-12 * std::max(std::abs(low), std::abs(high));
    values.push_back(point_text(zero ? 0 : x));
  }
  return values;
}

bool looks_like_range(const std::string& spec) {
  const std::size_t digit = spec.starts_with('-') || spec.starts_with('+') ? 1 : 0;
  return spec.find("..") != std::string::npos && spec.size() > digit &&
         std::isdigit(static_cast<unsigned char>(spec[digit])) != 0;
}

/// `spec` is A..B.
std::vector<std::string> range(const std::string& spec, const Place& place) {
  const std::string allowed = fmt::format("A..B with integers A <= B, at most {} of them", kMostTrials);
  const std::size_t dots = spec.find("..");
  const auto first = read_integer(scalar(trimmed(spec.substr(0, dots)), place), "", allowed);
  const auto last = read_integer(scalar(trimmed(spec.substr(dots + 2)), place), "", allowed);
  // the difference of two int64 fits in a uint64
  const auto more = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
  if (last < first || more >= kMostTrials) refuse_value(scalar(spec, place), "", allowed);
  std::vector<std::string> values;
  for (std::uint64_t i = 0; i <= more; ++i) values.push_back(std::to_string(first + static_cast<std::int64_t>(i)));
  return values;
}

/// The same for 1e-3 and 0.001. Integers stay text: a double cannot tell large seeds apart.
std::string normalized(const std::string& value) {
  if (std::ranges::all_of(value, [](unsigned char c) { return std::isdigit(c) != 0; })) return value;
  double number = 0;
  const auto end = value.data() + value.size();
  const auto result = std::from_chars(value.data(), end, number);
  return result.ec == std::errc() && result.ptr == end ? number_text(number) : value;
}

void check_values(const std::vector<std::string>& values, bool grid, const Place& place) {
  if (values.size() > kMostTrials) refuse(place, "", fmt::format("{} values; at most {}", values.size(), kMostTrials));
  std::map<std::string, std::string> seen;
  for (const auto& value : values) {
    if (value.empty()) refuse(place, "", "a value is missing beside a comma; the empty string is \"\"");
    const auto [first, is_new] = seen.emplace(normalized(value), value);
    if (is_new) continue;
    if (grid) refuse(place, "", fmt::format("two points are {} in 6 significant digits; take fewer points", value));
    refuse(place, "",
           first->second == value ? fmt::format("{} is there twice", value)
                                  : fmt::format("{} and {} are the same value", first->second, value));
  }
}

}  // namespace

std::optional<SweepAxis> parse_axis(const std::string& text, const Place& place) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return std::nullopt;
  // what a string in a configuration may have: sweep.vary has to hold it
  constexpr std::size_t kLongest = 4096;
  if (text.size() > kLongest) refuse(place, "", fmt::format("longer than {} bytes; take log:, lin: or A..B", kLongest));
  SweepAxis axis{.key = text.substr(0, equals), .values = {}, .text = text, .place = place};
  const std::string spec = trimmed(text.substr(equals + 1));
  const bool is_grid = spec.starts_with("log:") || spec.starts_with("lin:");
  if (is_grid) {
    axis.values = grid(spec, place);
  } else if (axis.values = split(spec, ','); axis.values.size() == 1) {
    if (!looks_like_range(spec)) return std::nullopt;
    axis.values = range(spec, place);
  }
  check_values(axis.values, is_grid, place);
  return axis;
}

std::optional<SweepAxis> parse_axis(const std::string& text) {
  return parse_axis(text, {"command line: " + shortened(text), true});
}

}  // namespace vib
