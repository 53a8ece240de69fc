// Models with a prior that learns, as replicas and after an interruption.

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/train/toy_problem.h"
#include "vib/core/units.h"
#include "vib/nn/prior/class_conditional.h"
#include "vib/nn/prior/mixture.h"
#include "vib/train/precision.h"
#include "vib/train/trainer.h"

namespace vib {
namespace {

struct Kind {
  std::string name;
  std::function<Prior(std::uint64_t seed)> make;
};

Prior mixture(std::uint64_t seed) { return MixturePrior(MixturePriorOptions(4).components(5).seed(seed)); }

/// p(y) differs from replica to replica, as no run's does: a buffer of its own shows.
Prior class_conditional(std::uint64_t seed) {
  ClassConditionalPrior prior(4, 3);
  prior->set_frequencies(torch::tensor({1.0, 2.0, static_cast<double>(seed)}));
  return prior;
}

class PriorReplicas : public testing::TestWithParam<Kind> {
 protected:
  Replica replica(std::uint64_t seed, double beta) const {
    torch::manual_seed(seed);
    const auto options = VibModelOptions(16, 4, 3).prior(GetParam().make(seed));
    return {VibModel(Mlp(MlpOptions(4).hidden({16})), options), beta, seed};
  }
  std::vector<Replica> replicas() const { return {replica(5, 0.3), replica(6, 1e-2), replica(5, 1e-3)}; }
};

TrainerOptions settings() {
  return TrainerOptions().epochs(3).batch_size(32).samples(2).learning_rate(1e-2).ema(0.8).order_seed(1);
}

void expect_close(const TensorMap& a, const TensorMap& b, double relative, double absolute) {
  ASSERT_EQ(a.keys(), b.keys());
  for (const auto& item : a)
    EXPECT_TRUE(torch::allclose(item.value(), b[item.key()], relative, absolute)) << item.key();
}

TEST_P(PriorReplicas, FollowTheirSingleRuns) {
  const auto train = test::clouds(96), validation = test::clouds(40, 2);
  auto all = replicas();
  ASSERT_FALSE(why_not_replicable(*all[0].model).has_value());
  testing::internal::CaptureStderr();
  Trainer group(all, settings());
  group.fit(train, validation);
  // LibTorch warns where vmap has no rule for an operation and falls back to a slow loop.
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::Not(testing::HasSubstr("batching rule")));
  all = replicas();
  for (std::size_t r = 0; r < all.size(); ++r) {
    Trainer single(all[r].model, settings().beta(all[r].beta).seed(all[r].seed));
    single.fit(train, validation);
    const auto replica = static_cast<std::int64_t>(r);
    expect_close(group.chosen_weights(replica).averaged, single.chosen_weights().averaged, 1e-4, 1e-5);
    const auto &together = group.history(replica).back(), &alone = single.history().back();
    for (const auto& [key, number] : alone.train) EXPECT_NEAR(together.train[key], number, 1e-4) << key;
    for (const auto& [key, number] : alone.validation->numbers)
      EXPECT_NEAR((*together.validation)[key], number, 1e-4) << key;
  }
  const auto weights = group.chosen_weights(0).averaged;
  EXPECT_FALSE(torch::allclose(weights["prior.mean"], group.chosen_weights(1).averaged["prior.mean"], 0.01, 0.01));
}

TEST_P(PriorReplicas, GoOnAfterAnInterruptionToTheSameBits) {
  const auto train = test::clouds(96), validation = test::clouds(40, 2);
  Trainer whole(replicas(), settings());
  whole.fit(train, validation);
  std::int64_t steps = 0;
  Trainer begun(replicas(), settings().stop([&] { return ++steps > 4; }));
  begun.fit(train, validation);
  ASSERT_FALSE(begun.finished());
  Trainer resumed(replicas(), settings());
  resumed.load_state(begun.state(), "checkpoint.pt");
  resumed.fit(train, validation);
  for (std::int64_t r = 0; r < 3; ++r)
    expect_close(whole.chosen_weights(r).averaged, resumed.chosen_weights(r).averaged, 0, 0);
}

TEST_P(PriorReplicas, KeepTheirDensitiesWhereMatrixProductsAreInBfloat16) {
  const auto prior = GetParam().make(3);
  const Posterior q = DiagonalGaussian{torch::randn({8, 4}), torch::randn({8, 4})};
  const auto z = q.sample(2), y = torch::arange(8) % 3;
  const auto expected = prior.kl(q, z, y), residual = prior.residual(q, z, y).value_or(expected);
  const AutocastGuard autocast(torch::kCPU, Precision::kBfloat16);
  EXPECT_TRUE(torch::equal(prior.kl(q, z, y), expected));
  EXPECT_TRUE(torch::equal(prior.residual(q, z, y).value_or(expected), residual));
}

INSTANTIATE_TEST_SUITE_P(OfEachKind, PriorReplicas,
                         testing::Values(Kind{"mixture", mixture}, Kind{"class_conditional", class_conditional}),
                         [](const auto& info) { return info.param.name; });

TEST(TrainerWithAConditionalPrior, LogsTheRateAndThePricedResidual) {
  torch::manual_seed(5);
  VibModel model(Mlp(MlpOptions(4).hidden({16})), VibModelOptions(16, 4, 3).prior(ClassConditionalPrior(4, 3)));
  Trainer trainer(model, settings().beta(0.25));
  trainer.fit(test::clouds(320), test::clouds(40, 2));
  const auto& record = trainer.history().back();
  const auto& train = record.train;
  EXPECT_NEAR(train["loss_bits"], train["distortion_bits"] + 0.25 * train["residual_bits"], 1e-4);
  EXPECT_GT(train["rate_bits"], train["residual_bits"]);
  EXPECT_LT(train["rate_bits"] - train["residual_bits"], std::log2(3.0));
  EXPECT_GT((*record.validation)["rate_bits"], (*record.validation)["residual_bits"]);
  const auto copy = unpack_history(pack_history(trainer.history()), "history");
  EXPECT_EQ(copy.back().train["residual_bits"], train["residual_bits"]);
}

}  // namespace
}  // namespace vib
