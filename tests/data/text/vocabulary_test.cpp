#include "vib/data/text/vocabulary.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vib/core/error.h"

namespace vib {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::int32_t> encoded(const Vocabulary& vocabulary, const char* text, std::int64_t length, Side side) {
  const auto ids = vocabulary.encode(text, length, side);
  return {ids.const_data_ptr<std::int32_t>(), ids.const_data_ptr<std::int32_t>() + ids.numel()};
}

const Vocabulary kSmall({"the", "film"});

TEST(Vocabulary, RanksByFrequencyAndTiesInByteOrder) {
  const WordCounts counts = {{"rare", 1}, {"the", 9}, {"\xC3\xA9t\xC3\xA9", 2}, {"b", 2}, {"a", 2}, {"zoo", 2}};
  EXPECT_THAT(Vocabulary::fit(counts, 100).words(), ElementsAre("the", "a", "b", "zoo", "\xC3\xA9t\xC3\xA9", "rare"));
}

TEST(Vocabulary, CountsTheReservedIdsInItsSize) {
  const WordCounts counts = {{"a", 3}, {"b", 2}, {"c", 1}};
  const auto vocabulary = Vocabulary::fit(counts, 5);
  EXPECT_THAT(vocabulary.words(), ElementsAre("a", "b"));
  EXPECT_EQ(vocabulary.size(), 5);
  EXPECT_EQ(Vocabulary::fit(counts, 100).size(), 6);
  EXPECT_THAT([&] { Vocabulary::fit(counts, 3); }, ThrowsMessage<DataError>(HasSubstr("at least 4")));
}

TEST(Vocabulary, NumbersWordsFromThree) {
  EXPECT_EQ(kSmall.id("the"), 3);
  EXPECT_EQ(kSmall.id("film"), 4);
  EXPECT_EQ(kSmall.id("plot"), Vocabulary::kUnknown);
}

TEST(Vocabulary, PadsAndCutsInFront) {
  EXPECT_THAT(encoded(kSmall, "The <br />plot", 5, Side::kFront), ElementsAre(0, 0, 1, 3, 2));
  EXPECT_THAT(encoded(kSmall, "the plot film", 4, Side::kFront), ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(encoded(kSmall, "the plot film", 2, Side::kFront), ElementsAre(2, 4));
  EXPECT_THAT(encoded(kSmall, "", 3, Side::kFront), ElementsAre(0, 0, 1));
}

TEST(Vocabulary, PadsAndCutsBehind) {
  EXPECT_THAT(encoded(kSmall, "The plot", 5, Side::kBack), ElementsAre(1, 3, 2, 0, 0));
  EXPECT_THAT(encoded(kSmall, "the plot film", 2, Side::kBack), ElementsAre(1, 3));
  EXPECT_THAT(encoded(kSmall, "", 3, Side::kBack), ElementsAre(1, 0, 0));
}

TEST(Vocabulary, GivesTheTextBack) {
  EXPECT_EQ(kSmall.decode(kSmall.encode("The plot! The FILM...", 9, Side::kFront)), "the ? the film");
  EXPECT_THROW(kSmall.decode(torch::tensor({5})), c10::Error);
  EXPECT_THROW(kSmall.decode(torch::tensor({-1})), c10::Error);
}

TEST(Vocabulary, IsMadeAgainFromItsWords) {
  const Vocabulary again(kSmall.words());
  EXPECT_EQ(again.id("film"), 4);
  const auto copy = again;
  EXPECT_EQ(copy.decode(copy.encode("film", 4, Side::kBack)), "film");
}

TEST(Vocabulary, RefusesWordsThatAreNone) {
  EXPECT_THAT([] { Vocabulary({"a", "b", "a"}); }, ThrowsMessage<DataError>(HasSubstr("\"a\" comes twice")));
  EXPECT_THAT([] { Vocabulary({"two words"}); }, ThrowsMessage<DataError>(HasSubstr("not one word")));
  EXPECT_THROW(Vocabulary({"Upper"}), DataError);
  EXPECT_THROW(Vocabulary({""}), DataError);
}

}  // namespace
}  // namespace vib
