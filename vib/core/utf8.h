#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vib {

/// What UTF-8 text begins with: a character, or bytes that are none (an overlong form, a surrogate, a number beyond
/// U+10FFFF, a character cut short, a stray byte).
struct Utf8Character {
  char32_t code;       ///< U+FFFD where it is none
  std::size_t length;  ///< in bytes, at least 1; where it is none, as many as Unicode replaces by one U+FFFD
  bool valid;
};

/// The beginning of `text`, which must not be empty.
Utf8Character first_character(std::string_view text);

bool is_utf8(std::string_view text);

/// Characters, not bytes: the columns that `text` takes in a terminal, for the alphabets used here.
int character_count(std::string_view text);

/// The first `count` characters of `text`; all where it has no more.
std::string_view first_characters(std::string_view text, std::size_t count);

/// `text` with a space in place of each control character: line ends, tabs, NUL.
std::string on_one_line(std::string_view text);

/// `text` with U+FFFD in place of what is not UTF-8.
std::string valid_utf8(std::string_view text);

/// The first characters of `text` in quotes, for messages: what cannot be printed is escaped.
std::string in_quotes(std::string_view text);

}  // namespace vib
