#include "vib/core/utf8.h"

#include <gtest/gtest.h>

namespace vib {
namespace {

TEST(Utf8, TakesTheFirstAndLastCharacterOfEachLength) {
  for (const char* text : {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_EQ(valid_utf8(text), text);
    EXPECT_EQ(character_count(text), *text == '\0' ? 0 : 1) << text;
  }
  EXPECT_EQ(first_character("\xF0\x9F\x98\x80x").code, U'\U0001F600');
  EXPECT_EQ(first_character("€").code, U'€');
}

/// Bytes, and what Python's bytes.decode("utf-8", "replace") makes of them, with ? for U+FFFD.
constexpr struct {
  const char* bytes;
  const char* replaced;
} kHostile[] = {{"\x80", "?"},                      // stray bytes
                {"\xBF\xBF", "??"},                 //
                {"\xFE\xFF", "??"},                 //
                {"caf\xE9", "caf?"},                // Latin 1
                {"\xC0\x80", "??"},                 // overlong forms
                {"\xC0\xAF", "??"},                 //
                {"\xC1\xBF", "??"},                 //
                {"\xE0\x80\xAF", "???"},            //
                {"\xE0\x9F\xBF", "???"},            //
                {"\xF0\x80\x80\x80", "????"},       //
                {"\xF0\x8F\xBF\xBF", "????"},       //
                {"\xED\xA0\x80", "???"},            // surrogates
                {"\xED\xBF\xBF", "???"},            //
                {"\xF4\x90\x80\x80", "????"},       // beyond U+10FFFF
                {"\xF5\x80\x80\x80", "????"},       //
                {"\xF8\x88\x80\x80\x80", "?????"},  //
                {"\xC3", "?"},                      // cut short
                {"\xC3(", "?("},                    //
                {"\xE2\x82", "?"},                  //
                {"\xE2\x82(", "?("},                //
                {"\xE2(\xA1", "?(?"},               //
                {"\xF0\x9F\x98", "?"},              //
                {"\xF0\x9F\x98(", "?("},            //
                {"\xF0\x9F(\x80", "?(?"},           //
                {"\xE2\x82\xE2\x82\xAC", "?\u20AC"}};

TEST(Utf8, RefusesAndReplacesWhatPythonDoes) {
  for (const auto& [bytes, replaced] : kHostile) {
    std::string expected;
    for (const char c : std::string_view(replaced)) expected += c == '?' ? "\xEF\xBF\xBD" : std::string(1, c);
    EXPECT_FALSE(is_utf8(bytes)) << replaced;
    EXPECT_EQ(valid_utf8(bytes), expected);
    EXPECT_EQ(character_count(bytes), character_count(replaced)) << replaced;
  }
}

TEST(Utf8, CutsBetweenCharacters) {
  EXPECT_EQ(first_characters("aβ€x", 0), "");
  EXPECT_EQ(first_characters("aβ€x", 2), "aβ");
  EXPECT_EQ(first_characters("aβ€x", 3), "aβ€");
  EXPECT_EQ(first_characters("aβ€x", 9), "aβ€x");
}

TEST(Utf8, PutsSpacesForLineEnds) { EXPECT_EQ(on_one_line("a\r\nβ\tc"), "a  β c"); }

TEST(Utf8, CountsCharactersNotBytes) { EXPECT_EQ(character_count("β ± 10⁻³"), 8); }

}  // namespace
}  // namespace vib
