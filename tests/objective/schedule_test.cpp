#include "vib/objective/schedule.h"

#include <cmath>

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

namespace vib {
namespace {

TEST(Schedule, ConstantStaysWhereItIs) {
  EXPECT_EQ(constant(0.25).at(0), 0.25);
  EXPECT_EQ(Schedule(0.25).at(1e6), 0.25);
}

// "a schedule's slope taken for its target": after the ramp the value is `to`.
TEST(Schedule, ARampReachesItsTargetAndStaysThere) {
  for (const auto& ramp : {linear(0.1, 0.9, 4), cosine(0.1, 0.9, 4), exponential(0.1, 0.9, 4)}) {
    EXPECT_NEAR(ramp.at(0), 0.1, 1e-15);
    EXPECT_NEAR(ramp.at(4), 0.9, 1e-15);
    EXPECT_NEAR(ramp.at(400), 0.9, 1e-15);
  }
}

TEST(Schedule, ARampsMiddleIsItsOwn) {
  EXPECT_NEAR(linear(0.1, 0.9, 4).at(1), 0.3, 1e-15);
  EXPECT_NEAR(cosine(0.1, 0.9, 4).at(1), 0.5 - 0.4 * std::cos(std::acos(-1.0) / 4), 1e-15);
  EXPECT_NEAR(exponential(1e-6, 1e-2, 4).at(2), 1e-4, 1e-18);
}

TEST(Schedule, ACycleRisesOverItsFirstHalfAndStartsAgain) {
  const auto cycle = cyclic(0, 1, 10);
  EXPECT_NEAR(cycle.at(2.5), 0.5, 1e-15);
  EXPECT_NEAR(cycle.at(5), 1, 1e-15);
  EXPECT_NEAR(cycle.at(9.9), 1, 1e-15);
  EXPECT_NEAR(cycle.at(10), 0, 1e-15);
  EXPECT_NEAR(cycle.at(22.5), 0.5, 1e-12);
}

TEST(Schedule, PiecewiseIsLinearBetweenPointsAndConstantOutside) {
  const auto points = piecewise({{1, 10}, {3, 30}, {4, 0}});
  EXPECT_EQ(points.at(0), 10);
  EXPECT_EQ(points.at(2), 20);
  EXPECT_EQ(points.at(3), 30);
  EXPECT_EQ(points.at(3.5), 15);
  EXPECT_EQ(points.at(9), 0);
}

TEST(Schedule, TheStaircaseFallsEveryTwoEpochsAsInThePaper) {
  const auto lr = staircase(1e-4, 0.97, 2);
  EXPECT_EQ(lr.at(0), 1e-4);
  EXPECT_EQ(lr.at(1.999), 1e-4);
  EXPECT_NEAR(lr.at(2), 0.97e-4, 1e-19);
  EXPECT_NEAR(lr.at(199.99), 1e-4 * std::pow(0.97, 99), 1e-18);
}

TEST(Schedule, StepsMultiplyAtTheirMilestones) {
  const auto lr = multistep(1, {2, 5}, 0.1);
  EXPECT_EQ(lr.at(1.9), 1);
  EXPECT_NEAR(lr.at(2), 0.1, 1e-15);
  EXPECT_NEAR(lr.at(5), 0.01, 1e-15);
}

TEST(Schedule, WarmUpScalesWhatFollows) {
  const auto lr = warmup(constant(2), 4);
  EXPECT_EQ(lr.at(0), 0);
  EXPECT_EQ(lr.at(1), 0.5);
  EXPECT_EQ(lr.at(8), 2);
  EXPECT_EQ(warmup(constant(2), 0).at(0), 2);
}

TEST(Schedule, RefusesWhatHasNoMeaning) {
  EXPECT_THROW(linear(0, 1, 0), c10::Error);
  EXPECT_THROW(exponential(0, 1, 3), c10::Error);
  EXPECT_THROW(piecewise({}), c10::Error);
  EXPECT_THROW(piecewise({{1, 0}, {1, 2}}), c10::Error);
}

TEST(Schedule, IsAPureFunctionOfTheStep) {
  const auto cycle = cyclic(0, 1, 3);
  const double later = cycle.at(2.2);
  cycle.at(0.1);
  EXPECT_EQ(cycle.at(2.2), later);
}

TEST(Schedule, ARampReachesItsEndInItsLastStep) {
  const double step = 0.25;
  for (const auto& ramp : {linear(0, 0.1, 3), cosine(0, 0.1, 3), exponential(1e-3, 0.1, 3),
                           piecewise({{0, 0}, {3, 0.1}}), warmup(linear(0, 0.1, 3), 1)}) {
    EXPECT_LT(ramp.at(3 - 2 * step, step), 0.0999);
    EXPECT_NEAR(ramp.at(3 - step, step), 0.1, 1e-15);
    EXPECT_NEAR(ramp.at(7, step), 0.1, 1e-15);
    EXPECT_LT(ramp.at(3 - step), 0.0999);  // of a time without steps it is where the ramp ends
  }
  EXPECT_EQ(linear(0, 1, 0.1).at(0, 0.25), 1);  // shorter than a step
}

}  // namespace
}  // namespace vib
