#include "vib/evaluate/metric.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/train/toy_problem.h"
#include "vib/core/error.h"
#include "vib/evaluate/evaluate.h"
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
