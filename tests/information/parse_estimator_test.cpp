#include "vib/information/parse_estimator.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "vib/core/error.h"
#include "vib/information/binning.h"

namespace vib {
namespace {

TEST(ParseEstimator, AnEstimatorsNameIsWrittenOutAndReadsBack) {
  const std::pair<const char*, const char*> names[] = {
      {"bins", "bins"},
      {"bins:30", "bins:30"},
      {"bins:30:-1:1", "bins:30:-1:1"},
      {"bins:30:-0.5:1e3", "bins:30:-0.5:1000"},
      {"bins:100:observed", "bins:100:observed"},
      {"adaptive", "adaptive:30"},
      {"adaptive:12", "adaptive:12"},
      {"idnns", "idnns:30"},
      {"kernel", "kernel:0.001"},
      {"kernel:1e-1", "kernel:0.1"},
      {"bins:miller-madow", "bins:miller-madow"},
      {"bins:30:-1:1:miller-madow", "bins:30:-1:1:miller-madow"},
      {"idnns:miller-madow", "idnns:30:miller-madow"},
  };
  for (const auto& [text, name] : names) {
    EXPECT_EQ(parse_estimator(text)->name(), name);
    EXPECT_EQ(parse_estimator(name)->name(), name);
  }
}

TEST(ParseEstimator, WhatIsNoneIsNamedWithWhatIsAllowed) {
  const std::pair<const char*, const char*> texts[] = {
      {"", "\"\" is none"},
      {"bin", "\"bin\" is none"},
      {"bins:", "no whole number"},
      {"bins:0", "at least one cell"},
      {"bins:-3", "at least one cell"},
      {"bins:1e3", "\"1e3\" is no whole number"},
      {"bins:2000000", "1 to 1000000 cells"},
      {"bins:30:-1", "a range is two numbers"},
      {"bins:30:1:-1", "from a number to a greater one"},
      {"bins:30:0:nan", "from a number to a greater one"},
      {"bins:30:-inf:1", "from a number to a greater one"},
      {"bins:30:a:1", "\"a\" is no number"},
      {"bins:30:-1:1:2", "a range is two numbers"},
      {"adaptive:30:-1:1", "range is not to be chosen"},
      {"idnns:1", "2 to 1000000 edges"},
      {"kernel:0", "positive number"},
      {"kernel:-1", "positive number"},
      {"kernel:nan", "positive number"},
      {"kernel:inf", "positive number"},
      {"kernel:x", "\"x\" is no variance"},
      {"kernel:0.1:miller-madow", "one number"},
      {"kernel:0.1:2", "one number"},
  };
  for (const auto& [text, reason] : texts) {
    try {
      parse_estimator(text);
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      const std::string message = e.what();
      EXPECT_NE(message.find(reason), std::string::npos) << message;
      EXPECT_EQ(message.find("no estimator \"" + std::string(text) + "\": "), 0U) << message;
      EXPECT_NE(message.find("known are bins, "), std::string::npos) << message;
    }
  }
}

TEST(ParseEstimator, OptionsOfAProgramsOwnAreCheckedToo) {
  EXPECT_THROW(Binning(BinningOptions().bins(-1)), Error);
  EXPECT_THROW(Binning(BinningOptions().range(CellRange::given).low(2)), Error);
  EXPECT_THROW(Binning(BinningOptions(BinningRule::adaptive).range(CellRange::given)), Error);
  EXPECT_EQ(Binning(BinningOptions().range(CellRange::given)).name(), "bins:30:-1:1");
  EXPECT_EQ(Binning(BinningOptions().range(CellRange::observed)).name(), "bins:100:observed");
}

}  // namespace
}  // namespace vib
