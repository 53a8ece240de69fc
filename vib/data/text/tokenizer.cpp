#include "vib/data/text/tokenizer.h"

#include <array>
#include <cstdint>

namespace vib {
namespace {

constexpr std::uint8_t kLastAscii = 0x7F;

/// What each ASCII byte becomes.
constexpr std::array<char, 128> make_ascii_table() {
  std::array<char, 128> table{};
  table.fill(' ');
  for (char c = 'a'; c <= 'z'; ++c) table[c] = c, table[c - 'a' + 'A'] = c;
  for (char c = '0'; c <= '9'; ++c) table[c] = c;
  table['\''] = '\'';
  return table;
}
constexpr auto kAscii = make_ascii_table();

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0;
}

/// The length of the line break at `i`, where a '<' stands, or 0.
std::size_t line_break(std::string_view text, std::size_t i) {
  const auto start = i++;
  for (const char expected : {'b', 'r'})
    if ((byte_at(text, i++) | 0x20) != expected) return 0;
  while (byte_at(text, i) == ' ') ++i;
  if (byte_at(text, i) == '/') ++i;
  return byte_at(text, i) == '>' ? i + 1 - start : 0;
}

/// The length of the well-formed UTF-8 character of two bytes or more at `i` (table 3-7 of the Unicode standard), or 0.
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto lead = byte_at(text, i);
  std::uint8_t low = 0x80, high = 0xBF;  // of the second byte: no overlong forms, surrogates, or beyond U+10FFFF
  std::size_t length = 0;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (std::size_t k = 1; k < length; ++k) {
    const auto next = byte_at(text, i + k);
    if (next < low || next > high) return 0;
    low = 0x80, high = 0xBF;
  }
  return length;
}

}  // namespace

std::string normalize_text(std::string_view text) {
  std::string normal(text.size(), ' ');
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = byte_at(text, i);
    if (byte > kLastAscii) {
      const auto length = utf8_length(text, i);
      for (std::size_t k = 0; k < length; ++k) normal[i + k] = text[i + k];
      i += length > 0 ? length : 1;
    } else {
      const auto skipped = byte == '<' ? line_break(text, i) : 0;
      normal[i] = kAscii[byte];
      i += skipped > 0 ? skipped : 1;
    }
  }
  return normal;
}

std::vector<std::string> tokenize(std::string_view text) {
  std::vector<std::string> words;
  for_each_word(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

}  // namespace vib
