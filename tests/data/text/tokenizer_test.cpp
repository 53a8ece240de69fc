#include "vib/data/text/tokenizer.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vib {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Tokenizer, SplitsIntoLowerCaseRunsOfLettersDigitsAndApostrophes) {
  EXPECT_THAT(tokenize("It's GREAT--10/10, really!\tI'd\nsee_it"),
              ElementsAre("it's", "great", "10", "10", "really", "i'd", "see", "it"));
  EXPECT_THAT(tokenize("'quoted' word"), ElementsAre("'quoted'", "word"));
}

TEST(Tokenizer, ReadsEverySpellingOfALineBreakAsABlank) {
  EXPECT_THAT(tokenize("one<br />two<br>three<br/>four<BR  />five"),
              ElementsAre("one", "two", "three", "four", "five"));
}

TEST(Tokenizer, LeavesWhatOnlyLooksLikeALineBreak) {
  EXPECT_THAT(tokenize("a<brr>b <br b<b<r><"), ElementsAre("a", "brr", "b", "br", "b", "b", "r"));
  EXPECT_THAT(tokenize("<br"), ElementsAre("br"));
  EXPECT_THAT(tokenize("<br /"), ElementsAre("br"));
  EXPECT_THAT(tokenize("<i>so</i>"), ElementsAre("i", "so", "i"));
}

TEST(Tokenizer, KeepsCharactersBeyondAsciiAsTheyAre) {
  EXPECT_THAT(tokenize("Café ÉTÉ \xE2\x82\xAC\xF0\x9F\x98\x80 na\xC3\xAFve"),
              ElementsAre("caf\xC3\xA9", "ÉtÉ", "\xE2\x82\xAC\xF0\x9F\x98\x80", "na\xC3\xAFve"));
}

// Latin 1, a stray continuation, overlong and surrogate forms, beyond U+10FFFF, and characters cut short.
TEST(Tokenizer, TakesBytesThatAreNoUtf8AsBlanks) {
  for (const std::string bad : {"\xE9", "\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xF0\x80\x80\x80",
                                "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xE2\x82", "\xF0\x9F\x98"}) {
    EXPECT_THAT(tokenize("a" + bad + "b"), ElementsAre("a", "b"));
    EXPECT_THAT(tokenize("a" + bad), ElementsAre("a"));
  }
  EXPECT_THAT(tokenize(std::string("a\0b", 3)), ElementsAre("a", "b"));
}

TEST(Tokenizer, FindsNoWordsInNothing) {
  EXPECT_THAT(tokenize(""), IsEmpty());
  EXPECT_THAT(tokenize(" ...<br />\n"), IsEmpty());
}

}  // namespace
}  // namespace vib
