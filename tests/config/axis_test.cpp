#include "vib/config/axis.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vib/core/error.h"

namespace vib {
namespace {

using testing::ElementsAre;

std::vector<std::string> values(const std::string& text) {
  const auto axis = parse_axis(text);
  return axis ? axis->values : std::vector<std::string>{"no axis"};
}

std::string mistake(const std::string& text) {
  try {
    parse_axis(text);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "none";
}

TEST(SweepAxis, IsAKeyAndItsValuesAsWritten) {
  const auto axis = parse_axis("optimizer.lr=1e-3, 0.01 ,+1");
  ASSERT_TRUE(axis);
  EXPECT_EQ(axis->key, "optimizer.lr");
  EXPECT_THAT(axis->values, ElementsAre("1e-3", "0.01", "+1"));
  EXPECT_EQ(axis->text, "optimizer.lr=1e-3, 0.01 ,+1");
  EXPECT_EQ(axis->place.text, "command line: optimizer.lr=1e-3, 0.01 ,+1");
}

TEST(SweepAxis, CommasInBracketsAndQuotesDoNotSeparate) {
  EXPECT_THAT(values("model.encoder.hidden=[512,512],[1024, 1024]"), ElementsAre("[512,512]", "[1024, 1024]"));
  EXPECT_THAT(values("objective.beta=0,{type: linear, to: 1},{type: piecewise, points: [[0, 1], [2, 3]]}"),
              ElementsAre("0", "{type: linear, to: 1}", "{type: piecewise, points: [[0, 1], [2, 3]]}"));
  EXPECT_THAT(values(R"(data.root="a,\",b",'c,d',e)"), ElementsAre(R"("a,\",b")", "'c,d'", "e"));
  EXPECT_THAT(values(R"(data.root="]",'[',e)"), ElementsAre(R"("]")", "'['", "e"));
}

TEST(SweepAxis, OneValueIsAnOverride) {
  for (const std::string text :
       {"seed=3", "model.encoder.hidden=[512,512]", "objective.beta={type: linear, to: 1}", "data.root=../mnist",
        "data.root=/a/../b", "data.root=logs", "data.root='a,b'", "model.encoder.hidden=[1,2", "seed", "seed=", ""}) {
    EXPECT_FALSE(parse_axis(text)) << text;
  }
}

TEST(SweepAxis, ALogarithmicGridHasEqualRatiosInSixDigits) {
  EXPECT_THAT(values("objective.beta=log:1e-6:1:13"),
              ElementsAre("1e-06", "3.16228e-06", "1e-05", "3.16228e-05", "1e-04", "0.000316228", "0.001", "0.00316228",
                          "0.01", "0.0316228", "0.1", "0.316228", "1"));
  EXPECT_THAT(values("k=log:2:50:3"), ElementsAre("2", "10", "50"));
  EXPECT_THAT(values("k=log:1e-300:1e300:3"), ElementsAre("1e-300", "1", "1e+300"));
  EXPECT_THAT(values("k=log:1.23456789:2:2"), ElementsAre("1.23457", "2"));
}

TEST(SweepAxis, ALinearGridHasEqualDistances) {
  EXPECT_THAT(values("k=lin:0:1:5"), ElementsAre("0", "0.25", "0.5", "0.75", "1"));
  EXPECT_THAT(values("k=lin:-0.3:0.6:4"), ElementsAre("-0.3", "0", "0.3", "0.6"));
  EXPECT_THAT(values("k=lin:0:2:4"), ElementsAre("0", "0.666667", "1.33333", "2"));
}

TEST(SweepAxis, WholePointsOfAGridAreIntegers) {
  EXPECT_THAT(values("train.batch_size=log:16:1024:4"), ElementsAre("16", "64", "256", "1024"));
  EXPECT_THAT(values("data.train=log:1e3:1e6:4"), ElementsAre("1000", "10000", "100000", "1000000"));
}

TEST(SweepAxis, ARangeHasBothItsEnds) {
  EXPECT_THAT(values("seed=0..4"), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_THAT(values("k=-1..1"), ElementsAre("-1", "0", "1"));
  EXPECT_THAT(values("seed=3..3"), ElementsAre("3"));
  EXPECT_THAT(values("k=9223372036854775806..9223372036854775807"),
              ElementsAre("9223372036854775806", "9223372036854775807"));
  EXPECT_EQ(values("seed=1..10000").size(), 10000u);
}

TEST(SweepAxis, SaysWhatIsWrongWithAGrid) {
  EXPECT_EQ(mistake("k=log:1e-6:1"), "command line: k=log:1e-6:1: expects log:LO:HI:N, as in log:1e-6:1:13");
  EXPECT_EQ(mistake("k=lin:0:1:2:3"), "command line: k=lin:0:1:2:3: expects lin:LO:HI:N, as in lin:0:1:5");
  EXPECT_EQ(mistake("k=log:0:1:3"), "command line: k=log:0:1:3: expects LO to be a number > 0, got '0'");
  EXPECT_EQ(mistake("k=lin:a:1:3"), "command line: k=lin:a:1:3: expects LO to be a number, got 'a'");
  EXPECT_EQ(mistake("k=log:1:0.1:3"), "command line: k=log:1:0.1:3: expects HI to be a number > 1, got '0.1'");
  EXPECT_EQ(mistake("k=lin:-1:-1:3"), "command line: k=lin:-1:-1:3: expects HI to be a number > -1, got '-1'");
  EXPECT_EQ(mistake("k=lin:0:inf:3"), "command line: k=lin:0:inf:3: expects HI to be a number > 0, got 'inf'");
  EXPECT_EQ(mistake("k=log:1:2:1"), "command line: k=log:1:2:1: expects N to be an integer from 2 to 10000, got '1'");
  EXPECT_EQ(mistake("k=lin:1:2:10001"),
            "command line: k=lin:1:2:10001: expects N to be an integer from 2 to 10000, got '10001'");
  EXPECT_EQ(mistake("k=log:1:2:3.0"),
            "command line: k=log:1:2:3.0: expects N to be an integer from 2 to 10000, got '3.0'; write 3");
  EXPECT_EQ(mistake("k=lin:1:1.000001:5"),
            "command line: k=lin:1:1.000001:5: two points are 1 in 6 significant digits; take fewer points");
}

TEST(SweepAxis, SaysWhatIsWrongWithARange) {
  const std::string allowed = ": expects A..B with integers A <= B, at most 10000 of them, got ";
  EXPECT_EQ(mistake("seed=4..0"), "command line: seed=4..0" + allowed + "'4..0'");
  EXPECT_EQ(mistake("seed=0..10000"), "command line: seed=0..10000" + allowed + "'0..10000'");
  EXPECT_EQ(mistake("k=-9223372036854775808..9223372036854775807"),
            "command line: k=-9223372036854775808..9223372036854775807" + allowed +
                "'-9223372036854775808..9223372036854775807'");
  EXPECT_EQ(mistake("seed=0..x"), "command line: seed=0..x" + allowed + "'x'");
  EXPECT_EQ(mistake("seed=0.."), "command line: seed=0.." + allowed + "''");
  EXPECT_EQ(mistake("k=0.5..3"), "command line: k=0.5..3" + allowed + "'0.5'");
}

TEST(SweepAxis, EveryValueStandsOnce) {
  EXPECT_EQ(mistake("seed=0,1,0"), "command line: seed=0,1,0: 0 is there twice");
  EXPECT_EQ(mistake("k=1e-3,1,0.001"), "command line: k=1e-3,1,0.001: 1e-3 and 0.001 are the same value");
  EXPECT_EQ(mistake("k=1.0,1"), "command line: k=1.0,1: 1.0 and 1 are the same value");
  EXPECT_THAT(values("seed=18446744073709551614,18446744073709551615"),
              ElementsAre("18446744073709551614", "18446744073709551615"));
  EXPECT_EQ(mistake("seed=0,"), "command line: seed=0,: a value is missing beside a comma; the empty string is \"\"");
  EXPECT_EQ(mistake("seed=0,,1"),
            "command line: seed=0,,1: a value is missing beside a comma; the empty string is \"\"");
  EXPECT_THAT(values("data.root=\"\",x"), ElementsAre("\"\"", "x"));
}

TEST(SweepAxis, FitsIntoAConfiguration) {
  EXPECT_THAT(mistake("data.root=a," + std::string(5000, 'x')),
              testing::EndsWith("…: longer than 4096 bytes; take log:, lin: or A..B"));
}

TEST(SweepAxis, AMistakeIsNamedByItsPlace) {
  try {
    parse_axis("seed=4..0", {"a.yaml:3:9: sweep.vary: seed=4..0"});
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(), testing::StartsWith("a.yaml:3:9: sweep.vary: seed=4..0: expects A..B"));
  }
}

}  // namespace
}  // namespace vib
