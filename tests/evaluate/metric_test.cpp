#include "vib/evaluate/metric.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/train/toy_problem.h"
#include "vib/core/error.h"
#include "vib/core/units.h"
#include "vib/evaluate/ensemble.h"
#include "vib/evaluate/evaluate.h"
#include "vib/nn/prior/class_conditional.h"
#include "vib/nn/prior/mixture.h"
#include "vib/nn/prior/vamp.h"
#include "vib/train/trainer.h"

namespace vib {
namespace {

// The share of examples whose class has less than half of the probability: a metric of somebody else's.
Metric unsure() {
  return {.info = {.key = "unsure",
                   .name = "unsure",
                   .words = "share below one half",
                   .unit = "%",
                   .factor = 100,
                   .better = Better::kNeither},
          .exists = has_classes,
          .sums = [](const ScoredBatch& b) {
            return std::get<0>(b.prediction.mean.max(-1)).lt(0.5).to(torch::kFloat64).sum();
          }};
}

class OwnMetric : public testing::Test {
 protected:
  static void SetUpTestSuite() { add_metric(unsure()); }
};

TEST_F(OwnMetric, StandsInEvaluationHistoryAndItsTensors) {
  auto model = test::small_model();
  Trainer trainer(model, TrainerOptions().epochs(2).batch_size(32));
  trainer.fit(test::clouds(96), test::clouds(40, 2));
  const auto number = (*trainer.history().back().validation)["unsure"];
  EXPECT_GE(number, 0);
  EXPECT_LE(number, 1);
  EXPECT_EQ(evaluate(model, test::clouds(40, 2)).find("unsure").has_value(), true);
  const auto copy = unpack_history(pack_history(trainer.history()), "history");
  EXPECT_EQ((*copy.back().validation)["unsure"], number);
  EXPECT_EQ(metric_infos().back().key, "unsure");
}

TEST_F(OwnMetric, IsRefusedASecondTime) {
  try {
    add_metric(unsure());
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("\"unsure\""));
  }
  auto nameless = unsure();
  nameless.info.key.clear();
  EXPECT_THROW(add_metric(nameless), Error);
}

const Metric& metric_called(const std::string& key) {
  return *std::ranges::find_if(metrics(), [&](const Metric& m) { return m.info.key == key; });
}

// Of three components one has all of the first example and half of the second, another the other half: with weights 1
// and 3 the mean shares are 5/8, 3/8 and 0.
TEST(PriorComponents, ArePerplexityOfTheMeanSharesByHand) {
  const auto model = test::small_model();
  Dataset data = test::clouds(2);
  Prediction p;
  p.responsibilities = torch::tensor({{1.0, 0.0, 0.0}, {0.5, 0.5, 0.0}});
  const auto perplexity = [&](const torch::Tensor& weights) {
    data.weights = weights;
    const ScoredBatch batch{*model, p, data.targets, data, weights};
    const auto& metric = metric_called("prior_components");
    const auto sums = metric.sums(batch).to(torch::kFloat64).contiguous();
    return *metric.value({sums.data_ptr<double>(), sums.data_ptr<double>() + sums.numel()}, data);
  };
  EXPECT_NEAR(perplexity({}), std::exp(-0.75 * std::log(0.75) - 0.25 * std::log(0.25)), 1e-12);
  EXPECT_NEAR(perplexity(torch::tensor({1.0F, 3.0F})), std::exp(-0.625 * std::log(0.625) - 0.375 * std::log(0.375)),
              1e-12);
}

VibModel with_prior(const Prior& prior) {
  torch::manual_seed(3);
  return VibModel(Mlp(MlpOptions(4).hidden({8})), VibModelOptions(8, 4, 3).prior(prior));
}

// The means of the codes lie within a few units of the origin; one component is there, the others far away.
TEST(PriorComponents, CountThoseInUse) {
  const auto data = test::clouds(40);
  MixturePrior prior(MixturePriorOptions(4).components(6));
  {
    torch::NoGradGuard no_grad;
    prior->mean.fill_(100);
    prior->mean[2].fill_(0);
  }
  EXPECT_NEAR(evaluate(with_prior(prior), data)["prior_components"], 1, 1e-6);
  {
    torch::NoGradGuard no_grad;
    for (const int n : {0, 1, 3}) prior->mean[n].fill_(0);
  }
  EXPECT_NEAR(evaluate(with_prior(prior), data)["prior_components"], 4, 1e-4);
  EXPECT_FALSE(evaluate(test::small_model(), data).find("prior_components"));
}

// Pseudo-inputs that are all the same have the same share everywhere.
TEST(PriorComponents, AreThoseOfAVampPriorToo) {
  const auto model = with_prior(VampPrior(torch::ones({7, 4})));
  EXPECT_NEAR(evaluate(model, test::clouds(40))["prior_components"], 7, 1e-4);
}

TEST(PriorComponents, OfSeveralModelsTogetherAreNotCounted) {
  const auto model = with_prior(MixturePrior(MixturePriorOptions(4)));
  const auto metrics = evaluate_ensemble({{model, 1}, {model, 2}}, test::clouds(40));
  EXPECT_FALSE(metrics.together.find("prior_components"));
  EXPECT_TRUE(metrics.mean().find("prior_components"));
}

TEST(ResidualBits, StandBesideTheRateWhereThePriorIsConditional) {
  const auto data = test::clouds(40);
  ClassConditionalPrior prior(4, 3);
  {
    torch::NoGradGuard no_grad;
    prior->mean[1].fill_(2);
  }
  auto model = with_prior(prior);
  const auto q = model->encode(data.inputs);
  // KL to N(m, I) for m = 0, or 2 in each of 4 dimensions where the class is 1.
  const auto mean = 2 * data.targets.eq(1).unsqueeze(1);
  const auto each = 0.5 * ((q.mean() - mean).square() + q.stddev().square() - 1 - 2 * q.stddev().log()).sum(1);
  const auto m = evaluate(model, data, EvaluateOptions().batch_size(7));
  EXPECT_NEAR(m["residual_bits"], to_bits(each.mean().item<double>()), 1e-5);
  EXPECT_GT(m["rate_bits"], 0);
  EXPECT_FALSE(evaluate(test::small_model(), data).find("residual_bits"));
}

TEST(SplitMetrics, NameWhatThereIsWhereANumberIsMissing) {
  const auto m = evaluate(test::small_model(), test::clouds(20));
  try {
    m["rmse"];
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::AllOf(testing::HasSubstr("\"rmse\""), testing::HasSubstr("nll_bits")));
  }
}

}  // namespace
}  // namespace vib
