#include "vib/train/weight_average.h"

#include <cmath>

#include <gtest/gtest.h>

namespace vib {
namespace {

// "EMA without bias correction": early averages are averages of the weights seen, not of the starting point.
TEST(WeightAverage, IsCorrectedForItsStart) {
  auto w = torch::full({3}, 7.0);
  WeightAverage average({w}, 0.999);
  average.update();
  EXPECT_TRUE(torch::allclose(average.average()[0], w, 1e-4));
}

TEST(WeightAverage, IsTheClosedForm) {
  const double d = 0.9;
  auto w = torch::zeros({1}, torch::kFloat64);
  WeightAverage average({w}, d);
  double weighted = 0, weights = 0;
  for (int t = 1; t <= 20; ++t) {
    w.fill_(t * t);
    average.update();
    weighted = d * weighted + (1 - d) * t * t;
    weights = d * weights + (1 - d);
    EXPECT_NEAR(average.average()[0].item<double>(), weighted / weights, 1e-9 * t * t);
  }
}

TEST(WeightAverage, SwitchedOffFollowsTheWeights) {
  auto w = torch::ones({2});
  WeightAverage average({w}, 0);
  w.fill_(3);
  average.update();
  EXPECT_FALSE(average.enabled());
  EXPECT_TRUE(torch::equal(average.average()[0], w));
}

// "schedule state, EMA step or random state not saved": the correction depends on the number of updates.
TEST(WeightAverage, ContinuesFromItsStateToTheSameBits) {
  auto w = torch::ones({2});
  WeightAverage a({w}, 0.99), b({w}, 0.99);
  for (int i = 0; i < 3; ++i) a.update();
  b.load_state(a.state(), "state");
  w.fill_(5);
  a.update(), b.update();
  EXPECT_TRUE(torch::equal(a.average()[0], b.average()[0]));
}

}  // namespace
}  // namespace vib
