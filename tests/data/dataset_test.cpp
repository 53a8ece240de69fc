#include "vib/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "vib/core/error.h"

namespace vib {
namespace {

/// Examples that say which they are: input, label and factor all follow from the number.
Dataset numbered(std::int64_t count) {
  const auto number = torch::arange(count);
  Dataset data;
  data.inputs = number.to(torch::kUInt8).view({count, 1, 1}).expand({count, 2, 3}).contiguous();
  data.targets = number.remainder(3);
  data.classes = 3;
  data.name = "numbers/train";
  data.factors["number"] = number;
  return data;
}

std::vector<std::int64_t> numbers(const Dataset& data) {
  const auto number = data.factors.at("number");
  return {number.data_ptr<std::int64_t>(), number.data_ptr<std::int64_t>() + number.numel()};
}

// "input centred twice": one affine map from bytes to the range, and none for inputs that are floats already.
TEST(Dataset, ScalesBytesLinearlyToTheRange) {
  auto data = numbered(256);
  for (const auto& [low, high] : {std::pair{-1.0, 1.0}, std::pair{0.0, 1.0}, std::pair{3.0, -2.0}}) {
    data.low = low;
    data.high = high;
    const auto batch = data.batch_inputs(0, 256);
    ASSERT_EQ(batch.scalar_type(), torch::kFloat32);
    for (int byte = 0; byte < 256; ++byte) {
      EXPECT_NEAR(batch[byte][1][2].item<double>(), low + byte * (high - low) / 255.0, 3e-7) << byte;
    }
  }
}

TEST(Dataset, TakesTheExamplesAtAnIndex) {
  auto data = numbered(100);
  data.low = 0.0;
  data.high = 255.0;
  const auto batch = data.batch_inputs(torch::tensor({7, 99, 0, 7}, torch::kInt64));
  EXPECT_EQ(batch.sizes().vec(), (std::vector<std::int64_t>{4, 2, 3}));
  EXPECT_TRUE(batch.select(2, 0).select(1, 0).allclose(torch::tensor({7.0f, 99.0f, 0.0f, 7.0f})));
}

TEST(Dataset, KeepsFloatingPointInputs) {
  auto data = numbered(2);
  data.inputs = torch::tensor({{-7.25f, 300.0f}, {0.5f, 1.0f}});
  EXPECT_TRUE(data.batch_inputs(0, 2).equal(data.inputs));
  const auto floats = data.inputs;
  data.inputs = floats.to(torch::kFloat64);
  EXPECT_TRUE(data.batch_inputs(torch::tensor({1}, torch::kInt64)).equal(floats.slice(0, 1)));
}

TEST(Dataset, GivesTokensAsTheyAre) {
  auto data = numbered(3);
  data.inputs = torch::tensor({{5, 300}, {0, 1}, {7, 7}}, torch::kInt32);
  const auto batch = data.batch_inputs(torch::tensor({1, 0}, torch::kInt64));
  EXPECT_TRUE(batch.equal(torch::tensor({{0, 1}, {5, 300}}, torch::kInt64)));
}

TEST(Dataset, StandardisesABatch) {
  auto data = numbered(2);
  data.inputs = torch::tensor({{1.0F, 10.0F}, {3.0F, 30.0F}});
  data.mean = torch::tensor({2.0F, 20.0F});
  data.scale = torch::tensor({1.0F, 10.0F});
  EXPECT_TRUE(data.batch_inputs(0, 2).equal(torch::tensor({{-1.0F, -1.0F}, {1.0F, 1.0F}})));
  EXPECT_TRUE(data.slice(1, 2).batch_inputs(0, 1).equal(torch::tensor({{1.0F, 1.0F}}))) << "a part has them too";
}

TEST(Dataset, GivesValuesAsFloats) {
  auto data = numbered(2);
  data.targets = torch::tensor({{1.5, 2.5}, {3.5, 4.5}}, torch::kFloat64);
  data.classes = 0;
  EXPECT_TRUE(data.batch_targets(torch::tensor({1}, torch::kInt64)).equal(torch::tensor({{3.5F, 4.5F}})));
  EXPECT_FALSE(data.label_entropy().has_value());
}

TEST(Dataset, AnInputThatIsItsOwnTargetIsFlatShadesOrNumbers) {
  auto data = numbered(2);
  data.targets = torch::Tensor();
  data.inputs = torch::tensor({{{0, 51}}, {{102, 255}}}, torch::kUInt8);
  EXPECT_TRUE(data.batch_targets(0, 2).allclose(torch::tensor({{0.0F, 0.2F}, {0.4F, 1.0F}})))
      << "from 0 to 1 whatever range the network is given";
  EXPECT_FALSE(data.label_entropy().has_value());
  EXPECT_EQ(data.slice(1, 2).size(), 1);
  data.inputs = torch::tensor({{{1.0F}, {2.0F}}, {{3.0F}, {4.0F}}});
  data.mean = torch::tensor(1.0F);
  data.scale = torch::tensor(2.0F);
  EXPECT_TRUE(data.batch_targets(torch::tensor({1}, torch::kInt64)).equal(torch::tensor({{1.0F, 1.5F}})));
}

TEST(Dataset, SlicesAndSelectsEveryTensorAlike) {
  const auto data = numbered(20);
  for (const auto& part : {data.slice(5, 8), data.select(torch::tensor({5, 6, 7}, torch::kInt64))}) {
    EXPECT_EQ(part.size(), 3);
    EXPECT_EQ(numbers(part), (std::vector<std::int64_t>{5, 6, 7}));
    EXPECT_TRUE(part.targets.equal(torch::tensor({2, 0, 1}, torch::kInt64)));
    EXPECT_EQ(part.inputs[2][0][0].item<int>(), 7);
    EXPECT_EQ(part.classes, 3);
  }
  EXPECT_EQ(data.slice(5, 8).inputs.data_ptr(), data.inputs[5].data_ptr()) << "a slice is a view";
}

TEST(Dataset, HasNoExamplesBeforeItHasTensors) { EXPECT_EQ(Dataset().size(), 0); }

TEST(Dataset, GivesTheLabelEntropyInNats) {
  auto data = numbered(4);
  data.targets = torch::tensor({0, 0, 1, 2}, torch::kInt64);
  EXPECT_DOUBLE_EQ(*data.label_entropy(), 1.5 * std::log(2.0));
  data.classes = 7;
  EXPECT_DOUBLE_EQ(*data.label_entropy(), 1.5 * std::log(2.0)) << "classes without examples add nothing";
  data.targets = torch::full({4}, 2, torch::kInt64);
  EXPECT_DOUBLE_EQ(*data.label_entropy(), 0.0);
}

TEST(HoldOut, PartsTheTrainingExamples) {
  const auto splits = hold_out(numbered(50), numbered(7), 20, 0);
  EXPECT_EQ(splits.train.size(), 30);
  EXPECT_EQ(splits.validation.size(), 20);
  EXPECT_EQ(splits.test.size(), 7);
  EXPECT_EQ(splits.validation.name, "numbers/validation");
  auto all = numbers(splits.train);
  const auto held = numbers(splits.validation);
  all.insert(all.end(), held.begin(), held.end());
  std::ranges::sort(all);
  EXPECT_EQ(all, numbers(numbered(50)));
  for (const auto* split : {&splits.train, &splits.validation}) {
    EXPECT_TRUE(split->targets.equal(split->factors.at("number").remainder(3)));
    EXPECT_TRUE(split->inputs.select(2, 0).select(1, 0).equal(split->factors.at("number").to(torch::kUInt8)));
  }
}

TEST(HoldOut, DependsOnTheSeedAlone) {
  torch::manual_seed(1);
  const auto first = numbers(hold_out(numbered(50), {}, 20, 3).validation);
  torch::manual_seed(2);
  EXPECT_EQ(numbers(hold_out(numbered(50), {}, 20, 3).validation), first);
  EXPECT_NE(numbers(hold_out(numbered(50), {}, 20, 4).validation), first);
  EXPECT_NE(numbers(hold_out(numbered(50), {}, 20, 3 + (std::uint64_t{1} << 32)).validation), first)
      << "all 64 bits of the seed count";
}

TEST(HoldOut, KeepsTheOrderWhenNothingIsHeldOut) {
  const auto splits = hold_out(numbered(10), {}, 0, 3);
  EXPECT_EQ(numbers(splits.train), numbers(numbered(10)));
  EXPECT_EQ(splits.validation.size(), 0);
  EXPECT_EQ(splits.validation.classes, 3);
}

TEST(HoldOut, RefusesToLeaveNothingToTrainOn) {
  EXPECT_EQ(hold_out(numbered(10), {}, 9, 0).train.size(), 1);
  EXPECT_THROW(hold_out(numbered(10), {}, 10, 0), DataError);
  EXPECT_THROW(hold_out(numbered(10), {}, -1, 0), DataError);
}

}  // namespace
}  // namespace vib
