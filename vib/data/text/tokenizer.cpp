#include "vib/data/text/tokenizer.h"

#include <array>
#include <cstdint>

#include "vib/core/utf8.h"

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

}  // namespace

std::string normalize_text(std::string_view text) {
  std::string normal(text.size(), ' ');
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = byte_at(text, i);
    if (byte > kLastAscii) {
      const auto character = first_character(text.substr(i));
      if (character.valid) text.copy(normal.data() + i, character.length, i);
      i += character.length;
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
