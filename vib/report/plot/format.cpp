#include "vib/report/plot/format.h"

#include <cmath>

#include <fmt/format.h>

#include "vib/core/utf8.h"

namespace vib {

std::string grouped(double value) {
  std::string text = fmt::format("{:.0f}", value);
  if (!std::isfinite(value)) return text;
  const int first_digit = text.front() == '-' ? 1 : 0;
  for (int at = static_cast<int>(text.size()) - 3; at > first_digit; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::string clock_time(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string escape_markup(std::string_view text) {
  std::string safe;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      default: safe += c >= 0 && c < ' ' && c != '\n' ? ' ' : c;
    }
  }
  return safe;
}

std::string abbreviated(std::string_view text, int most) {
  const int count = character_count(text);
  if (count <= most) return std::string(text);
  if (most < 1) return "";
  const int head = most / 2, tail = most - head - 1;
  const auto before_tail = first_characters(text, static_cast<std::size_t>(count - tail));
  return std::string(first_characters(text, static_cast<std::size_t>(head))) + "…" +
         std::string(text.substr(before_tail.size()));
}

}  // namespace vib
