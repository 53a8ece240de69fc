#include "vib/data/row_splits.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vib/core/error.h"

namespace vib {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::vector<std::int64_t> rows_of(const torch::Tensor& rows) {
  return {rows.const_data_ptr<std::int64_t>(), rows.const_data_ptr<std::int64_t>() + rows.numel()};
}

/// Counts of the classes in a part.
std::vector<std::int64_t> counts(const torch::Tensor& classes, const torch::Tensor& part, std::int64_t n) {
  return rows_of(torch::bincount(classes.index_select(0, part), {}, n));
}

void expect_a_partition(const RowSplits& splits, std::int64_t rows) {
  const auto all = std::get<0>(at::cat({splits.train, splits.validation, splits.test}).sort());
  EXPECT_TRUE(all.equal(torch::arange(rows)));
}

TEST(HoldOut, IsANumberAShareOrAFifthOfAtMostFiveThousand) {
  EXPECT_EQ(HoldOut(7).of(100), 7);
  EXPECT_EQ(HoldOut(0).of(100), 0);
  EXPECT_EQ(HoldOut(0.25).of(10), 3) << "rounded";
  EXPECT_EQ(HoldOut(0.25).of(100000), 25000);
  EXPECT_EQ(HoldOut().of(150), 30);
  EXPECT_EQ(HoldOut().of(60000), 5000);
}

TEST(RowSplits, GiveEachPartItsShareOfEveryClass) {
  // 90, 9 and 3 rows: of a tenth of the rows, by largest remainders, 9, 1 and 0; of 20 % 18, 2 and 0 or 1.
  const auto classes = at::cat({torch::zeros({90}), torch::ones({9}), torch::full({3}, 2.0)}).to(torch::kInt64);
  const auto options = SplitOptions().validation(10).seed(3);
  const auto splits = split_rows(102, 20, options, {classes, {}}, "x.csv");
  expect_a_partition(splits, 102);
  EXPECT_EQ(counts(classes, splits.test, 3), (std::vector<std::int64_t>{18, 2, 0}));
  EXPECT_EQ(splits.validation.numel(), 10);
  EXPECT_EQ(counts(classes, splits.validation, 3)[0], 9);
  EXPECT_FALSE(split_rows(102, 20, SplitOptions(options).seed(4), {classes, {}}, "x").test.equal(splits.test));
}

// Of 5, 3 and 2 rows, four are 2, 1.2 and 0.8 of each: the last one goes where most is missing.
TEST(RowSplits, RoundByTheLargestRemainder) {
  const auto classes = torch::tensor({0, 1, 0, 2, 1, 0, 2, 0, 1, 0}, torch::kInt64);
  const auto test = split_rows(10, 4, SplitOptions(), {classes, {}}, "x.csv").test;
  EXPECT_EQ(counts(classes, test, 3), (std::vector<std::int64_t>{2, 1, 1}));
}

TEST(RowSplits, LeaveClassesToChanceWhereAsked) {
  const auto classes = at::cat({torch::zeros({50}), torch::ones({50})}).to(torch::kInt64);
  const auto options = SplitOptions().stratify(false).seed(1);
  EXPECT_TRUE(split_rows(100, 20, options, {classes, {}}, "x").test.equal(split_rows(100, 20, options, {}, "x").test));
  EXPECT_NE(counts(classes, split_rows(100, 20, options, {classes, {}}, "x").test, 2)[0], 10);
}

TEST(RowSplits, NeverDivideAGroup) {
  const auto groups = torch::arange(200).remainder(23);
  for (const auto seed : {0, 1, 2}) {
    const auto splits = split_rows(200, 40, SplitOptions().validation(30).seed(seed),
                                   {torch::zeros({200}, torch::kInt64), groups}, "x.csv");
    expect_a_partition(splits, 200);
    std::vector<std::set<std::int64_t>> in_part;
    for (const auto* part : {&splits.train, &splits.validation, &splits.test}) {
      const auto of_part = rows_of(groups.index_select(0, *part));
      in_part.emplace_back(of_part.begin(), of_part.end());
    }
    EXPECT_EQ(in_part[0].size() + in_part[1].size() + in_part[2].size(), 23u);
    EXPECT_LE(splits.test.numel(), 40);
    EXPECT_GT(splits.test.numel(), 31) << "another group of 9 would have had room";
  }
}

TEST(RowSplits, OfFoldsAreEachTestOnceAndAlikeInClasses) {
  const auto classes = at::cat({torch::zeros({33}), torch::ones({17})}).to(torch::kInt64);
  std::vector<torch::Tensor> tests;
  for (std::int64_t fold = 0; fold < 5; ++fold) {
    const auto splits = split_rows(50, 0, SplitOptions().folds(5).fold(fold).validation(8), {classes, {}}, "x.csv");
    expect_a_partition(splits, 50);
    EXPECT_EQ(splits.test.numel(), 10);
    EXPECT_EQ(splits.validation.numel(), 8);
    EXPECT_THAT(counts(classes, splits.test, 2)[0], ::testing::AnyOf(6, 7));
    tests.push_back(splits.test);
  }
  EXPECT_TRUE(std::get<0>(at::cat(tests).sort()).equal(torch::arange(50)));
}

TEST(RowSplits, OfFoldsKeepGroupsTogether) {
  const auto groups = torch::arange(60).remainder(12);
  std::vector<torch::Tensor> tests;
  for (std::int64_t fold = 0; fold < 3; ++fold) {
    const auto splits = split_rows(60, 0, SplitOptions().folds(3).fold(fold), {{}, groups}, "x.csv");
    EXPECT_EQ(splits.test.numel(), 20) << "12 groups of 5";
    EXPECT_EQ(std::get<0>(at::_unique(groups.index_select(0, splits.test))).numel(), 4);
    tests.push_back(splits.test);
  }
  EXPECT_TRUE(std::get<0>(at::cat(tests).sort()).equal(torch::arange(60)));
}

TEST(RowSplits, RefuseWhatCannotBe) {
  const auto refused = [](HoldOut test, const SplitOptions& options, const RowKinds& kinds, const char* reason) {
    EXPECT_THAT([&] { split_rows(10, test, options, kinds, "x.csv"); }, ThrowsMessage<DataError>(HasSubstr(reason)));
  };
  refused(5, SplitOptions().validation(5), {}, "leave one to train on");
  refused(0, SplitOptions().folds(11), {}, "10 rows cannot be part 0 of 11");
  refused(0, SplitOptions().folds(2).fold(2), {}, "part 2 of 2");
  refused(2, SplitOptions(), {{}, torch::arange(10).remainder(2)}, "every group has more than the 2 rows");
}

}  // namespace
}  // namespace vib
