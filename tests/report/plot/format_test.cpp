#include "vib/report/plot/format.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/report/plot/markup.h"

namespace vib {
namespace {

TEST(Format, SetsThousandsApart) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(41'200.4), "41,200");
  EXPECT_EQ(grouped(-123'456), "-123,456");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(grouped(std::nan("")), "nan");
}

TEST(Format, IsTheSameInEveryLocale) {
  const CommaLocale german;
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
}

TEST(Format, TellsTimeInMinutesAndHours) {
  EXPECT_EQ(clock_time(0), "0:00");
  EXPECT_EQ(clock_time(72.4), "1:12");
  EXPECT_EQ(clock_time(59.6), "1:00");
  EXPECT_EQ(clock_time(3599.6), "1:00:00");
  EXPECT_EQ(clock_time(7500), "2:05:00");
  EXPECT_EQ(clock_time(100 * 3600), "100:00:00");
}

TEST(Format, EscapesWhatMarkupWouldTakeForItsOwn) {
  EXPECT_EQ(escape_markup("a<b> & \"c\"\nβ\x1b"), "a&lt;b&gt; &amp; &quot;c&quot;\nβ ");
  EXPECT_EQ(escape_markup("caf\xE9"), "caf\xEF\xBF\xBD");
}

TEST(Format, ALongTextLosesItsMiddle) {
  EXPECT_EQ(abbreviated("model.latent.dim = 2", 20), "model.latent.dim = 2");
  EXPECT_EQ(abbreviated("model.latent.dim = 2", 10), "model… = 2");
  EXPECT_EQ(abbreviated("αβγδε", 4), "αβ…ε");
  EXPECT_EQ(abbreviated("αβγδε", 1), "…");
  EXPECT_EQ(abbreviated("αβγδε", -3), "");
  EXPECT_EQ(abbreviated("\x80\x80\x80", 2), "\x80…") << "no UTF-8, and no crash";
}

}  // namespace
}  // namespace vib
