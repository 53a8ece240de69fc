#include "vib/experiment/information_config.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vib/core/error.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

std::vector<std::int64_t> epochs(const std::string& text) { return recorded_epochs(text, {"here", false}); }

TEST(RecordedEpochs, AreTheValuesOfAnAxis) {
  EXPECT_THAT(epochs(""), IsEmpty());
  EXPECT_THAT(epochs("7"), ElementsAre(7));
  EXPECT_THAT(epochs("100,1,10"), ElementsAre(1, 10, 100));
  EXPECT_THAT(epochs("0..3"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(epochs("lin:0:10:3"), ElementsAre(0, 5, 10));
  EXPECT_THAT(epochs("1e2,2"), ElementsAre(2, 100));
}

TEST(RecordedEpochs, OfAGridAreAsManyAsWereAskedFor) {
  EXPECT_THAT(epochs("log:1:8:6"), ElementsAre(1, 2, 3, 4, 5, 8));
  const auto many = epochs("log:1:8000:400");
  EXPECT_EQ(many.size(), 400u);
  EXPECT_EQ(many.front(), 1);
  EXPECT_EQ(many.back(), 8000);
  EXPECT_TRUE(std::ranges::is_sorted(many));
}

TEST(RecordedEpochs, AreWholeNumbers) {
  for (const std::string text : {"1.5", "-1", "1,x", "1e12", "often"})
    EXPECT_THAT([&] { epochs(text); },
                ThrowsMessage<ConfigError>(AllOf(HasSubstr("here: information.epochs: "), HasSubstr("is no epoch"))))
        << text;
}

}  // namespace
}  // namespace vib
