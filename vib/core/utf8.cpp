#include "vib/core/utf8.h"

#include <algorithm>

#include <fmt/format.h>

namespace vib {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Calls `visit` with the bytes of each character, and whether they are one, until it returns false.
template <typename Visit>
void for_each_character(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const auto character = first_character(text);
    if (!visit(text.substr(0, character.length), character.valid)) return;
    text.remove_prefix(character.length);
  }
}

}  // namespace

Utf8Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  if (lead < 0xC2 || lead > 0xF4) return {kReplacement, 1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // Of the second byte: no overlong forms, no surrogates, nothing beyond U+10FFFF (the Unicode standard, table 3-7).
  unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  char32_t code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size() || byte(i) < low || byte(i) > high) return {kReplacement, i, false};
    code = code << 6 | (byte(i) & 0x3FU);
    low = 0x80, high = 0xBF;
  }
  return {code, length, true};
}

bool is_utf8(std::string_view text) {
  bool valid = true;
  for_each_character(text, [&](std::string_view, bool is_character) { return valid = is_character; });
  return valid;
}

int character_count(std::string_view text) {
  int count = 0;
  for_each_character(text, [&](std::string_view, bool) { return ++count; });
  return count;
}

std::string_view first_characters(std::string_view text, std::size_t count) {
  std::size_t bytes = 0;
  for_each_character(text, [&](std::string_view character, bool) {
    if (count-- == 0) return false;
    bytes += character.size();
    return true;
  });
  return text.substr(0, bytes);
}

std::string on_one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](unsigned char c) { return c < 0x20; }, ' ');
  return line;
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  for_each_character(text, [&](std::string_view character, bool is_character) {
    valid += is_character ? character : "\xEF\xBF\xBD";
    return true;
  });
  return valid;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMostShown = 60;
  const auto shown = first_characters(text, kMostShown);
  return fmt::format("{:?}{}", shown, shown.size() < text.size() ? "…" : "");
}

}  // namespace vib
