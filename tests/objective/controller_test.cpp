#include "vib/objective/controller.h"

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

TEST(DualController, TheRecordHasTheBetaOfTheEpochsLastStep) {
  const auto beta = dual(DualOptions(1000).initial(1).step(1));  // 1 in the first step, then 0
  Trainer trainer(test::small_model(), options().epochs(1).beta(beta));
  EXPECT_EQ(trainer.fit(test::clouds(96)).back().beta, 0);
}

TEST(DualController, IsInTheState) {
  const auto data = test::clouds(96);
  const auto make = [&](int stop_at, int& steps) {
    return options().epochs(4).beta(at_most(0.5)).stop([&, stop_at] { return steps++ == stop_at; });
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

}  // namespace
}  // namespace vib
