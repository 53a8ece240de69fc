#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"
#include "vib/experiment/build.h"
#include "vib/experiment/check_training.h"
#include "vib/experiment/load_data.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Priors that begin with training examples.
class PriorOfExamples : public testing::Test {
 protected:
  PriorOfExamples() {
    std::ofstream(file_) << "data: {name: digits, train: 150, test: 10, validation: 30}\n"
                            "model: {encoder: {hidden: [8]}, latent: {dim: 2}}\n"
                            "train: {batch_size: 40}\n";
  }

  ExperimentConfig load(std::vector<std::string> overrides) const { return load_experiment_config(file_, overrides); }
  /// What the prior holds, once it has begun.
  torch::Tensor started(const std::vector<std::string>& overrides) const {
    const auto config = load(overrides);
    const auto data = load_data(config.data, torch::kCPU);
    auto model = build_model(config, data.description, torch::kCPU);
    start_prior(config, data.splits.train, model);
    const auto& prior = *model->prior.module();
    return prior.parameters().empty() ? prior.buffers().front() : prior.parameters().front().detach();
  }
  void check(const std::vector<std::string>& overrides) const {
    const auto config = load(overrides);
    const auto data = load_data(config.data, torch::kCPU);
    check_training(config, build_model(config, data.description, torch::kCPU), data.splits);
  }

  const test::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path / "small.yaml";
};

TEST_F(PriorOfExamples, BeginsWithDifferentTrainingExamplesByTheSeedOfTheRun) {
  const auto data = load_data(load({}).data, torch::kCPU).splits.train;
  const auto inputs = data.batch_inputs(0, data.size()).flatten(1);
  for (const std::string prior : {"{type: vamp, components: 120}", "{type: aggregate, examples: 120}"}) {
    const auto set = "model.prior=" + prior;
    const auto held = started({set});
    ASSERT_EQ(held.sizes(), (std::vector<std::int64_t>{120, 1, 28, 28})) << prior;
    const auto same = (held.flatten(1).unsqueeze(1) == inputs.unsqueeze(0)).all(-1);  // [held, training examples]
    EXPECT_TRUE(same.sum(1).eq(1).all().item<bool>()) << prior;
    EXPECT_EQ(same.sum(0).max().item<std::int64_t>(), 1) << prior;
    EXPECT_TRUE(torch::equal(held, started({set, "objective.beta=1"}))) << prior;
    EXPECT_FALSE(torch::equal(held, started({set, "seed=1"}))) << prior;
  }
}

TEST_F(PriorOfExamples, MoreThanThereAreAreRefused) {
  EXPECT_NO_THROW(check({"model.prior={type: vamp, components: 120}"}));
  EXPECT_THAT(
      [&] { check({"model.prior={type: vamp, components: 121}"}); },
      ThrowsMessage<ConfigError>("model.prior.components: 121 different training examples are needed, and there "
                                 "are 120; allowed: at most 120"));
  EXPECT_THAT([&] { check({"model.prior={type: aggregate}"}); },
              ThrowsMessage<ConfigError>("model.prior.examples: 1000 different training examples are needed, and there "
                                         "are 120; allowed: at most 120"));
}

TEST_F(PriorOfExamples, AnAggregateOfBatchesOfOneIsRefused) {
  const std::string aggregate = "model.prior={type: aggregate, examples: 50}";
  EXPECT_NO_THROW(check({aggregate}));
  const auto refused = ThrowsMessage<ConfigError>(AllOf(
      HasSubstr("model.prior.type: aggregate"), HasSubstr("train.batch_size"), HasSubstr("train.drop_last: true")));
  EXPECT_THAT([&] { check({aggregate, "train.batch_size=1"}); }, refused);
  EXPECT_THAT([&] { check({aggregate, "train.batch_size=119"}); }, refused);
  EXPECT_NO_THROW(check({aggregate, "train.batch_size=119", "train.drop_last=true"}));
  EXPECT_NO_THROW(check({"model.prior.type=gaussian", "train.batch_size=1"}));
}

TEST_F(PriorOfExamples, AnAggregateHoldsTokensAndAVampPriorHasNoGradientsOfThem) {
  DataDescription texts;
  texts.inputs = DataDescription::Inputs::kTokens;
  texts.shape = {6};
  texts.tokens = 20;
  texts.classes = 2;
  const auto build = [&](const std::string& prior) {
    return build_model(load({"model.encoder={type: text_mean}",
                             "data={name: tensors, train_inputs: x.npy, train_targets: y.npy, test: 10}", prior}),
                       texts, torch::kCPU);
  };
  const auto examples = build("model.prior={type: aggregate, examples: 7}")->named_buffers()["prior.examples"];
  EXPECT_EQ(examples.sizes(), (std::vector<std::int64_t>{7, 6}));
  EXPECT_EQ(examples.scalar_type(), torch::kInt64);
  EXPECT_THAT([&] { build("model.prior.type=vamp"); },
              ThrowsMessage<ConfigError>(AllOf(HasSubstr("model.prior.type: vamp: "), HasSubstr("use aggregate"))));
}

}  // namespace
}  // namespace vib
