#include "vib/train/step_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "tests/train/toy_problem.h"
#include "vib/core/error.h"
#include "vib/nn/weights.h"
#include "vib/train/trainer.h"

namespace vib {
namespace {

TEST(StepGraph, OnTheCpuRunsEachStepOnce) {
  StepGraph graph(torch::kCPU, {}, CudaGraph::kAuto);
  int steps = 0;
  for (int i = 0; i < 10; ++i) graph.run([&] { ++steps; });
  EXPECT_EQ(steps, 10);
  EXPECT_FALSE(graph.recorded());
}

TEST(StepGraph, OnTheCpuIsRefusedWhenAskedFor) {
  try {
    Trainer(test::small_model(), TrainerOptions().cuda_graph(CudaGraph::kOn));
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::AllOf(testing::HasSubstr("train.cuda_graph: true"), testing::HasSubstr("cpu")));
  }
}

class OnCuda : public testing::TestWithParam<std::tuple<int, Precision>> {};

// The same noise gives the same weights after 100 steps, whether each is launched or replayed; β and the learning rate
// move, so that neither can be frozen into the recording; the last batch of an epoch is smaller.
TEST_P(OnCuda, ReplayedStepsAreTheLaunchedOnes) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device here";
  const auto [replicas, precision] = GetParam();
  const auto data = test::clouds(32 * 24 + 5).to(torch::kCUDA);
  const auto train = [&, replicas = replicas, precision = precision](CudaGraph mode) {
    std::vector<Replica> models;
    for (int r = 0; r < replicas; ++r) {
      models.push_back({test::small_model(false, r), linear(0, 0.1 * (r + 1), 3), static_cast<std::uint64_t>(r)});
      models.back().model->to(torch::kCUDA);
    }
    Trainer trainer(models, TrainerOptions()
                                .epochs(4)
                                .batch_size(32)
                                .learning_rate(cosine(1e-2, 0, 4))
                                .ema(0.9)
                                .precision(precision)
                                .cuda_graph(mode));
    trainer.fit(data);
    return trainer.chosen_weights(replicas - 1);
  };
  const auto launched = train(CudaGraph::kOff), replayed = train(CudaGraph::kOn);
  for (const auto& item : launched.raw) {
    EXPECT_TRUE(torch::allclose(item.value(), replayed.raw[item.key()], 1e-4, 1e-6)) << item.key();
    EXPECT_TRUE(torch::allclose(launched.averaged[item.key()], replayed.averaged[item.key()], 1e-4, 1e-6));
  }
}

INSTANTIATE_TEST_SUITE_P(StepGraph, OnCuda,
                         testing::Combine(testing::Values(1, 3),
                                          testing::Values(Precision::kFloat32, Precision::kBfloat16)));

}  // namespace
}  // namespace vib
