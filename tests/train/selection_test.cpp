#include "vib/train/selection.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vib/core/error.h"

namespace vib {
namespace {

EpochRecord epoch(std::int64_t number, double nll, double distortion = 1, double rate = 1, double beta = 0) {
  EpochRecord record;
  record.epoch = number;
  record.beta = beta;
  record.validation.emplace();
  record.validation->numbers.set("nll_bits", nll);
  record.validation->numbers.set("distortion_bits", distortion);
  record.validation->numbers.set("rate_bits", rate);
  record.validation->numbers.set("izy_bits", 3 - distortion);
  return record;
}

TEST(Selection, OfEqualEpochsTakesTheFirst) {
  Selection selection("nll_bits", 0, Objective());
  EXPECT_TRUE(selection.offer(epoch(1, 0.5), true));
  EXPECT_FALSE(selection.offer(epoch(2, 0.5), true));
  EXPECT_TRUE(selection.offer(epoch(3, 0.4), true));
  EXPECT_FALSE(selection.offer(epoch(4, 0.4), true));
  EXPECT_EQ(selection.best_epoch(), 3);
}

TEST(Selection, ANumberThatIsNotFiniteNeverWins) {
  Selection selection("nll_bits", 0, Objective());
  EXPECT_FALSE(selection.offer(epoch(1, std::nan("")), true));
  EXPECT_FALSE(selection.offer(epoch(2, INFINITY), true));
  EXPECT_TRUE(selection.offer(epoch(3, 7), true));
  EXPECT_FALSE(selection.offer(epoch(4, std::nan("")), true));
  EXPECT_FALSE(selection.offer(epoch(5, -INFINITY), true));
  EXPECT_EQ(selection.best_epoch(), 3);
}

TEST(Selection, EpochsThatDoNotCompeteNeitherWinNorUseUpPatience) {
  Selection selection("nll_bits", 2, Objective());
  for (const int e : {1, 2, 3, 4}) {
    EXPECT_FALSE(selection.offer(epoch(e, 0.1), false));
    EXPECT_FALSE(selection.exhausted());
  }
  EXPECT_TRUE(selection.offer(epoch(5, 0.9), true));
  EXPECT_FALSE(selection.offer(epoch(6, 0.95), true));
  EXPECT_FALSE(selection.exhausted());
  EXPECT_FALSE(selection.offer(epoch(7, 0.95), true));
  EXPECT_TRUE(selection.exhausted());
  EXPECT_EQ(selection.best_epoch(), 5);
}

TEST(Selection, TheLossPricesTheResidualWhereThereIsOne) {
  Selection selection("loss_bits", 0, Objective());
  const auto with_residual = [](EpochRecord record, double residual) {
    record.validation->numbers.set("residual_bits", residual);
    return record;
  };
  EXPECT_TRUE(selection.offer(with_residual(epoch(1, 0, 2, /*rate=*/1, /*beta=*/1), 9), true));   // 2 + 9
  EXPECT_TRUE(selection.offer(with_residual(epoch(2, 0, 2, /*rate=*/90, /*beta=*/1), 8), true));  // 2 + 8
  EXPECT_FALSE(selection.offer(with_residual(epoch(3, 0, 2, /*rate=*/0, /*beta=*/1), 9), true));
}

TEST(Selection, TheLossIsTheObjectiveAtTheEpochsBeta) {
  Selection selection("loss_bits", 0, Objective());
  EXPECT_TRUE(selection.offer(epoch(1, 0, /*distortion=*/2, /*rate=*/10, /*beta=*/0.1), true));  // 3
  EXPECT_FALSE(selection.offer(epoch(2, 0, 1, 30, 0.1), true));                                  // 4, at a lower NLL
  EXPECT_TRUE(selection.offer(epoch(3, 0, 2.5, 4, 0.1), true));                                  // 2.9
  // Another price: D + β R², in nats.
  Selection squared("loss_bits", 0, Objective(squared_price));
  EXPECT_TRUE(squared.offer(epoch(1, 0, 1, 4, 0.1), true));
  EXPECT_FALSE(squared.offer(epoch(2, 0, 0.9, 4.2, 0.1), true));
}

TEST(Selection, KnowsWhichWayIsBetter) {
  Selection selection("izy_bits", 0, Objective());
  EXPECT_TRUE(selection.offer(epoch(1, 0, 2), true));
  EXPECT_TRUE(selection.offer(epoch(2, 0, 1), true));
  EXPECT_FALSE(selection.offer(epoch(3, 0, 1.5), true));
}

TEST(Selection, TheErrorOfValuesIsTheirRmse) {
  Selection selection("error", 0, Objective());
  const auto of = [](std::int64_t number, double rmse) {
    auto record = epoch(number, 0.5);
    record.validation->numbers.set("rmse", rmse);
    return record;
  };
  EXPECT_TRUE(selection.offer(of(1, 2), true));
  EXPECT_FALSE(selection.offer(of(2, 3), true));
  EXPECT_TRUE(selection.offer(of(3, 1), true));
}

TEST(Selection, RefusesAMonitorThatIsNoMetric) {
  try {
    Selection("nll", 0, Objective());
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::AllOf(testing::HasSubstr("\"nll\""), testing::HasSubstr("nll_bits")));
  }
  EXPECT_THROW(Selection("rate_bits", 0, Objective()), Error);  // neither more nor less of it is better
}

TEST(Selection, GoesOnFromItsState) {
  Selection selection("nll_bits", 2, Objective());
  selection.offer(epoch(1, 0.5), true);
  selection.offer(epoch(2, 0.6), true);
  Selection copy("nll_bits", 2, Objective());
  copy.load_state(selection.state(), "state");
  EXPECT_FALSE(copy.offer(epoch(3, 0.5), true));
  EXPECT_EQ(copy.best_epoch(), 1);
  EXPECT_TRUE(copy.exhausted());
}

TEST(Selection, KnowsFromItsStateWhichEpochsDidNotCompete) {
  Selection selection("nll_bits", 2, Objective()), copy("nll_bits", 2, Objective());
  for (const int e : {1, 2, 3}) selection.offer(epoch(e, 0.1), false);
  copy.load_state(selection.state(), "state");
  EXPECT_FALSE(copy.exhausted());
}

}  // namespace
}  // namespace vib
