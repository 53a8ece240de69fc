#include "vib/train/recording.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/train/toy_problem.h"
#include "vib/core/random.h"
#include "vib/data/batches.h"
#include "vib/nn/weights.h"
#include "vib/train/trainer.h"

namespace vib {
namespace {

using testing::ElementsAre;

/// Says of every layer how wide it is and what its values add up to.
class Summing : public InformationEstimator {
 public:
  std::string name() const override { return "summing"; }
  InformationEstimate estimate(const torch::Tensor& activations, const torch::Tensor& labels,
                               const torch::Tensor&) const override {
    InformationEstimate estimate;
    estimate.n = labels.size(0);
    estimate.itx_bits = static_cast<double>(activations.size(1));
    estimate.ity_bits = activations.to(torch::kFloat64).sum().item<double>();
    return estimate;
  }
};

TrainerOptions recorded(std::vector<std::int64_t> epochs, std::vector<LayerRecord>& records) {
  const auto recording = RecordingOptions()
                             .epochs(std::move(epochs))
                             .estimators({std::make_shared<Summing>()})
                             .on_record([&](const LayerRecord& record) { records.push_back(record); });
  return TrainerOptions().epochs(4).batch_size(32).learning_rate(1e-2).beta(1e-2).recording(recording);
}

std::vector<std::string> layers_in(const LayerRecord& record) {
  std::vector<std::string> layers;
  for (const auto& of : record.information) layers.push_back(of.layer);
  return layers;
}

double sum_of(const LayerRecord& record, const std::string& layer) {
  for (const auto& of : record.information)
    if (of.layer == layer) return of.estimate.ity_bits;
  return std::nan("");
}

TEST(Recording, LooksAfterTheEpochsAskedFor) {
  std::vector<LayerRecord> records;
  Trainer(test::small_model(), recorded({0, 1, 3}, records)).fit(test::clouds(100));
  ASSERT_EQ(records.size(), 3u);
  EXPECT_THAT((std::vector{records[0].epoch, records[1].epoch, records[2].epoch}), ElementsAre(0, 1, 3));
  EXPECT_TRUE(records[0].gradients.empty());
  EXPECT_EQ(records[1].gradients.size(), records[2].gradients.size());
}

TEST(Recording, NamesEveryLayerOnce) {
  std::vector<LayerRecord> records;
  Trainer(test::small_model(), recorded({1}, records)).fit(test::clouds(100));
  EXPECT_THAT(layers_in(records[0]), ElementsAre("encoder.hidden.0", "mean", "output"))
      << "features are the last hidden layer's";
  EXPECT_EQ(records[0].information[0].estimate.n, 100);
  EXPECT_EQ(records[0].information[2].estimate.itx_bits, 3);
  EXPECT_NEAR(sum_of(records[0], "output"), 100, 1e-4) << "probabilities";
}

TEST(Recording, SeesTheWeightsBehindTheEpochWithoutDropoutAndAverage) {
  std::vector<LayerRecord> records;
  torch::manual_seed(1);
  VibModel model(Mlp(MlpOptions(4).hidden({16}).dropout(0.5)), VibModelOptions(16, 4, 3));
  const auto data = test::clouds(100);
  Trainer trainer(model, recorded({4}, records).ema(0.9));
  trainer.fit(data);
  load_weights(*model, trainer.chosen_weights().raw, "the raw weights");
  EXPECT_NEAR(sum_of(records[0], "mean"), model->encode(data.inputs).mean().to(torch::kFloat64).sum().item<double>(),
              1e-4);
}

TEST(Recording, LooksAtOtherDataWhereTheyAreGiven) {
  std::vector<LayerRecord> records;
  auto options = recorded({1}, records);
  options.recording().data(test::clouds(40, 2));
  Trainer(test::small_model(), options).fit(test::clouds(100));
  EXPECT_EQ(records[0].information[0].estimate.n, 40);
}

TEST(Recording, ChangesNothingInTraining) {
  const auto data = test::clouds(100);
  const auto trained = [&](std::vector<std::int64_t> epochs) {
    std::vector<LayerRecord> records;
    auto model = test::small_model();
    Trainer(model, recorded(std::move(epochs), records)).fit(data);
    return copy_weights(*model);
  };
  const auto without = trained({}), with = trained({0, 1, 2, 3, 4});
  for (const auto& item : without) EXPECT_TRUE(torch::equal(item.value(), with[item.key()])) << item.key();
}

TEST(Recording, OfReplicasIsThatOfTheirSingleRuns) {
  const auto data = test::clouds(96);
  const auto model = [](std::uint64_t seed) {
    torch::manual_seed(seed);
    return VibModel(Mlp(MlpOptions(4).hidden({16})), VibModelOptions(16, 4, 3));
  };
  std::vector<LayerRecord> together, alone;
  Trainer(std::vector<Replica>{{model(5), 1e-2, 5}, {model(6), 1e-2, 6}}, recorded({0, 2}, together).order_seed(1))
      .fit(data);
  for (const std::uint64_t seed : {5, 6})
    Trainer(model(seed), recorded({0, 2}, alone).order_seed(1).seed(seed)).fit(data);
  ASSERT_EQ(together.size(), 4u);
  for (const auto& [a, b] : {std::pair(0, 0), std::pair(2, 1), std::pair(1, 2), std::pair(3, 3)}) {
    EXPECT_EQ(together[a].epoch, alone[b].epoch);
    EXPECT_NEAR(sum_of(together[a], "mean"), sum_of(alone[b], "mean"), 1e-3);
    ASSERT_EQ(together[a].gradients.size(), alone[b].gradients.size());
    for (std::size_t i = 0; i < alone[b].gradients.size(); ++i) {
      EXPECT_EQ(together[a].gradients[i].layer, alone[b].gradients[i].layer);
      EXPECT_NEAR(together[a].gradients[i].mean_norm, alone[b].gradients[i].mean_norm, 1e-5);
      EXPECT_NEAR(together[a].gradients[i].deviation_norm, alone[b].gradients[i].deviation_norm, 1e-5);
    }
  }
}

// Weights that stand still: the gradients are those of autograd, batch by batch.
TEST(Recording, GradientsAreTheMomentsOfAutograds) {
  auto model = test::small_model(/*deterministic=*/true);
  const auto data = test::clouds(96);
  std::vector<LayerRecord> records;
  std::vector<torch::Tensor> gradients;
  auto options = recorded({1}, records).epochs(1).order_seed(7).learning_rate(1e-30);
  Trainer trainer(model, options);
  trainer.fit(data);
  const auto order = epoch_order(96, derive_seed(7, Stream::data_order), 0);
  const auto weight = model->named_parameters()["backbone.layers.0.weight"];
  for (int i = 0; i < 3; ++i) {
    const auto index = order.slice(0, 32 * i, 32 * i + 32);
    const auto logits = model->decode(model->encode(data.inputs.index_select(0, index)).mean());
    const auto loss = at::cross_entropy_loss(logits, data.targets.index_select(0, index));
    loss.backward();
    gradients.push_back(std::exchange(weight.mutable_grad(), {}));
  }
  const auto all = at::stack(gradients).to(torch::kFloat64);
  EXPECT_EQ(records[0].gradients[0].layer, "backbone.layers.0");
  EXPECT_NEAR(records[0].gradients[0].mean_norm, all.mean(0).norm().item<double>(), 1e-6);
  EXPECT_NEAR(records[0].gradients[0].deviation_norm, all.var(0, /*unbiased=*/false).sum().sqrt().item<double>(), 1e-6);
}

TEST(Recording, GoesOnInTheMiddleOfAnEpoch) {
  const auto data = test::clouds(100);
  std::vector<LayerRecord> whole, parts;
  Trainer(test::small_model(), recorded({2}, whole)).fit(data);
  int steps = 0;
  const auto stop_at_six = [&] { return ++steps > 6; };
  Trainer first(test::small_model(), recorded({2}, parts).stop(stop_at_six));
  first.fit(data);
  ASSERT_GT(first.step_in_epoch(), 0);
  ASSERT_EQ(first.epoch(), 1);
  Trainer second(test::small_model(), recorded({2}, parts));
  second.load_state(first.state(), "the first's");
  second.fit(data);
  ASSERT_EQ(parts.size(), 1u);
  ASSERT_EQ(parts[0].gradients.size(), whole[0].gradients.size());
  for (std::size_t i = 0; i < whole[0].gradients.size(); ++i) {
    EXPECT_EQ(parts[0].gradients[i].mean_norm, whole[0].gradients[i].mean_norm);
    EXPECT_EQ(parts[0].gradients[i].deviation_norm, whole[0].gradients[i].deviation_norm);
  }
}

TEST(Recording, RefusesLayersThatAreAskedAboutNoClasses) {
  std::vector<LayerRecord> records;
  auto options = recorded({1}, records);
  auto values = test::clouds(40);
  values.classes = 0;
  options.recording().data(values);
  Trainer trainer(test::small_model(), options);
  EXPECT_THROW(trainer.fit(test::clouds(100)), c10::Error);
}

}  // namespace
}  // namespace vib
