#include "vib/objective/controller.h"

#include <cmath>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/train/toy_problem.h"
#include "vib/core/units.h"
#include "vib/train/trainer.h"

namespace vib {
namespace {

TensorMap means(double rate) {
  TensorMap means;
  means.insert("rate", torch::tensor(rate, torch::kFloat32));
  return means;
}

// β <- max(0, β + (R - 2) / 4) by hand.
TEST(DualController, StepsAsByHand) {
  const auto controller = dual_controller(DualOptions(2).step(0.25), torch::kCPU);
  EXPECT_EQ(controller->beta().item<float>(), 0);
  const double rates[] = {4, 3, 2, 1, 0, 0, 8}, betas[] = {0.5, 0.75, 0.75, 0.5, 0, 0, 1.5};
  const auto place = controller->beta();  // a graph reads the same tensor at every step
  for (int i = 0; i < 7; ++i) {
    controller->update(means(rates[i]));
    EXPECT_EQ(place.item<float>(), betas[i]) << i;
  }
}

TEST(DualController, SteersWhatIsPricedWhereThatIsTheResidual) {
  const auto controller = dual_controller(DualOptions(2).step(0.25), torch::kCPU);
  auto both = means(100);
  both.insert("residual", torch::tensor(4.0F));
  controller->update(both);
  EXPECT_EQ(controller->beta().item<float>(), 0.5);
  Numbers train;
  train.set("rate_bits", to_bits(100));
  train.set("residual_bits", to_bits(2));
  EXPECT_TRUE(controller->arrived(train));
  train.set("residual_bits", to_bits(3));
  EXPECT_FALSE(controller->arrived(train));
}

// With target 2 and α = 1/2, by hand: m is the running mean of R, (m - 2) / 2 counts as ±0.1 at most, and log β grows
// by half of it.
//     R    2.2    0.2    1       0       4.61    12
//     m    2.2    2      1.9     1.71    2       3
TEST(LogDualController, StepsAsByHand) {
  const auto controller = dual_controller(LogDualOptions(2).step(0.5).initial(1), torch::kCPU);
  EXPECT_EQ(controller->beta().item<float>(), 1);
  const double rates[] = {2.2, 0.2, 1, 0, 4.61, 12}, logs[] = {0.05, 0.05, 0.025, -0.025, -0.025, 0.025};
  const auto place = controller->beta();
  for (int i = 0; i < 6; ++i) {
    controller->update(means(rates[i]));
    EXPECT_NEAR(place.log().item<double>(), logs[i], 1e-6) << i;
  }
}

TEST(LogDualController, KeepsBetaWithinBoundsWhereTheTargetIsOutOfReach) {
  for (const auto& [rate, bound] : {std::pair(1e6, 1e8), std::pair(0.0, 1e-8)}) {
    const auto controller = dual_controller(LogDualOptions(2).step(10), torch::kCPU);
    for (int i = 0; i < 100; ++i) controller->update(means(rate));
    EXPECT_FLOAT_EQ(controller->beta().item<float>(), static_cast<float>(bound));
  }
}

TEST(LogDualController, SteersWhatIsPricedWhereThatIsTheResidual) {
  const auto controller = dual_controller(LogDualOptions(2).step(0.5).initial(1), torch::kCPU);
  auto both = means(2);
  both.insert("residual", torch::tensor(2.2F));
  controller->update(both);
  EXPECT_NEAR(controller->beta().log().item<double>(), 0.05, 1e-6);
  Numbers train;
  EXPECT_TRUE(controller->arrived(train)) << "there is no rate to hold";
  train.set("rate_bits", to_bits(100));
  train.set("residual_bits", to_bits(2));
  EXPECT_TRUE(controller->arrived(train));
  train.set("residual_bits", to_bits(3));
  EXPECT_FALSE(controller->arrived(train));
}

TEST(LogDualController, RefusesNumbersThatMakeNoConstraint) {
  EXPECT_THROW(dual_controller(LogDualOptions(0), torch::kCPU), c10::Error);
  EXPECT_THROW(dual_controller(LogDualOptions(1).step(0), torch::kCPU), c10::Error);
  EXPECT_THROW(dual_controller(LogDualOptions(1).initial(0), torch::kCPU), c10::Error);
}

TEST(DualController, RefusesNumbersThatMakeNoConstraint) {
  EXPECT_THROW(dual_controller(DualOptions(-1), torch::kCPU), c10::Error);
  EXPECT_THROW(dual_controller(DualOptions(1).step(0), torch::kCPU), c10::Error);
  EXPECT_THROW(dual_controller(DualOptions(1).initial(-1), torch::kCPU), c10::Error);
}

Beta at_most(double bits) { return dual(DualOptions(to_nats(bits)).step(3e-2)); }

TrainerOptions options() { return TrainerOptions().epochs(80).batch_size(32).learning_rate(1e-2).order_seed(1); }

TEST(DualController, HoldsTheRateOfEachReplicaWhereItWasAsked) {
  std::vector<Replica> replicas = {{test::small_model(false, 1), at_most(0.5), 1},
                                   {test::small_model(false, 1), at_most(1), 1},
                                   {test::small_model(false, 1), 1e-3, 1}};
  Trainer trainer(replicas, options());
  trainer.fit(test::clouds(320));
  EXPECT_NEAR(trainer.history(0).back().train["rate_bits"], 0.5, 0.05);
  EXPECT_NEAR(trainer.history(1).back().train["rate_bits"], 1, 0.1);
  EXPECT_GT(trainer.history(2).back().train["rate_bits"], 2);
  EXPECT_GT(trainer.history(0).back().beta, trainer.history(1).back().beta);
  EXPECT_EQ(trainer.history(2).back().beta, 1e-3);

  Trainer single(test::small_model(false, 1), options().beta(at_most(1)).seed(1));
  single.fit(test::clouds(320));
  EXPECT_NEAR(single.history().back().beta, trainer.history(1).back().beta, 1e-4);
}

TEST(DualController, AnEpochCompetesOnceItsRateIsWhereItWasAsked) {
  const auto best_after_each = [](double target) {
    std::vector<std::int64_t> best;
    const auto on_epoch = [&](const Trainer& t) { best.push_back(t.best_epoch()); };
    const auto beta = dual(DualOptions(target).step(1e-9));  // too small a step to get anywhere
    Trainer(test::small_model(), options().epochs(2).beta(beta).on_epoch(on_epoch))
        .fit(test::clouds(96), test::clouds(40, 2));
    return best;
  };
  EXPECT_EQ(best_after_each(0.01), (std::vector<std::int64_t>{0, 2}));  // never: the last one is taken
  EXPECT_EQ(best_after_each(1000).front(), 1);
}

// From the defaults, for targets three bits apart.
TEST(LogDualController, HoldsTheRateOfEachReplicaWithinTwoPercentOfWhatWasAsked) {
  std::vector<Replica> replicas;
  for (const double bits : {0.5, 1.0, 3.0})
    replicas.push_back({test::small_model(false, 1), dual(LogDualOptions(to_nats(bits))), 1});
  Trainer trainer(replicas, options().epochs(250));
  trainer.fit(test::clouds(320));
  for (const auto& [replica, bits] : {std::pair(0, 0.5), std::pair(1, 1.0), std::pair(2, 3.0)}) {
    double mean = 0;
    for (int last = 1; last <= 20; ++last) mean += (trainer.history(replica).end() - last)->train["rate_bits"] / 20;
    EXPECT_NEAR(mean, bits, 0.02 * bits);
  }
  Trainer single(test::small_model(false, 1), options().epochs(250).beta(dual(LogDualOptions(to_nats(1)))).seed(1));
  single.fit(test::clouds(320));
  EXPECT_NEAR(std::log(single.history().back().beta / trainer.history(1).back().beta), 0, 1e-2);
}

TEST(LogDualController, AnEpochCompetesWhereItsRateIsTheOneAskedFor) {
  const auto controller = dual_controller(LogDualOptions(to_nats(10)).step(10), torch::kCPU);
  const auto arrived = [&](double bits) {
    Numbers train;
    train.set("rate_bits", bits);
    return controller->arrived(train);
  };
  EXPECT_TRUE(arrived(9.9));
  EXPECT_TRUE(arrived(10.1));
  EXPECT_FALSE(arrived(9.7));
  EXPECT_FALSE(arrived(10.3));
  for (int i = 0; i < 100; ++i) controller->update(means(0));  // the rate costs next to nothing
  EXPECT_TRUE(arrived(5));
  EXPECT_FALSE(arrived(15));
}

// An average of the weights trails behind: its rate is still too large while the training rate has arrived.
TEST(LogDualController, AnEpochCompetesWhereTheRateOfTheWeightsThatWereEvaluatedHasArrivedToo) {
  Trainer trainer(test::small_model(false, 1),
                  options().epochs(150).ema(0.998).beta(dual(LogDualOptions(to_nats(1)).step(0.3))));
  const auto& history = trainer.fit(test::clouds(320), test::clouds(200, 2));
  const auto near = [](double bits) { return std::abs(bits - 1) <= 0.02; };
  std::int64_t trailing = 0;
  for (const auto& record : history)
    trailing += near(record.train["rate_bits"]) && !near((*record.validation)["rate_bits"]) ? 1 : 0;
  EXPECT_GT(trailing, 0);
  const auto& best = history[static_cast<std::size_t>(trainer.best_epoch() - 1)];
  EXPECT_TRUE(near((*best.validation)["rate_bits"]) || best.epoch == 150);
}

TEST(DualController, TheRecordHasTheBetaOfTheEpochsLastStep) {
  const auto beta = dual(DualOptions(1000).initial(1).step(1));  // 1 in the first step, then 0
  Trainer trainer(test::small_model(), options().epochs(1).beta(beta));
  EXPECT_EQ(trainer.fit(test::clouds(96)).back().beta, 0);
}

void expect_to_go_on_to_the_same_bits(const Beta& beta) {
  const auto data = test::clouds(96);
  const auto make = [&](int stop_at, int& steps) {
    return options().epochs(4).beta(beta).stop([&, stop_at] { return steps++ == stop_at; });
  };
  int never = 0, steps = 0, more = 0;
  Trainer whole(test::small_model(), make(-1, never)), first(test::small_model(), make(7, steps));
  whole.fit(data);
  first.fit(data);
  ASSERT_FALSE(first.finished());
  Trainer second(test::small_model(), make(-1, more));
  second.load_state(first.state(), "checkpoint.pt");
  second.fit(data);
  EXPECT_EQ(second.history().back().beta, whole.history().back().beta);
  EXPECT_EQ(second.history().back().train["loss_bits"], whole.history().back().train["loss_bits"]);
  EXPECT_GT(whole.history().back().beta, 0);
}

TEST(DualController, IsInTheState) { expect_to_go_on_to_the_same_bits(at_most(0.5)); }
TEST(LogDualController, IsInTheState) { expect_to_go_on_to_the_same_bits(dual(LogDualOptions(to_nats(0.5)))); }

}  // namespace
}  // namespace vib
