#include <gtest/gtest.h>

#include "vib/experiment/build.h"

namespace vib {
namespace {

TEST(Threads, FollowTheWorkOfAStepUpToTheCores) {
  EXPECT_EQ(threads_for(0, 8), 1);
  EXPECT_EQ(threads_for(1e6, 8), 1);
  EXPECT_EQ(threads_for(1e12, 8), 8);
  EXPECT_EQ(threads_for(1e12, 1), 1);
}

DataDescription numbers_of(std::vector<std::int64_t> shape) {
  DataDescription data;
  data.shape = std::move(shape);
  data.classes = 3;
  return data;
}

// 2 · 3 · batch · the weights of 4-5-(2·2) and 2-3; a bias costs no product.
TEST(Threads, CountTheProductsOfAStep) {
  ExperimentConfig config;
  config.model.encoder.as<MlpOptions>().hidden({5});
  config.model.bottleneck.latent(2);
  const auto data = numbers_of({4});
  const auto model = build_model(config, data, torch::kCPU);
  EXPECT_EQ(step_flop(model, data, 10), 2 * 3 * 10 * (4 * 5 + 5 * 4 + 2 * 3));
}

}  // namespace
}  // namespace vib
