#include "vib/nn/vib_model.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>

#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/nn/encoder/mlp.h"
#include "vib/nn/initialization.h"
#include "vib/nn/weights.h"

namespace vib {
namespace {

VibModel small_classifier() { return VibModel(Mlp(MlpOptions(4).hidden({8})), VibModelOptions(8, 3, 5)); }

TEST(VibModel, GivesOneSetOfLogitsPerDraw) {
  auto model = small_classifier();
  const auto output = model(torch::randn({6, 4}), 7);
  EXPECT_EQ(output.decoded.sizes(), (std::vector<std::int64_t>{7, 6, 5}));
  EXPECT_EQ(output.posterior.mean().sizes(), (std::vector<std::int64_t>{6, 3}));
}

TEST(VibModel, EncodeThenDecodeIsForward) {
  auto model = small_classifier();
  const auto x = torch::randn({6, 4});
  const auto output = model(x, 2, make_generator(torch::kCPU, 3));
  const auto z = model->encode(x).sample(2, make_generator(torch::kCPU, 3));
  EXPECT_TRUE(torch::equal(output.decoded, model->decode(z)));
}

TEST(VibModel, TakesAnyBackboneOfTheUsers) {
  torch::nn::Sequential backbone(torch::nn::Linear(4, 6), torch::nn::Tanh());
  VibModel model(backbone, VibModelOptions(6, 2, 3));
  EXPECT_EQ(model(torch::randn({5, 4})).decoded.sizes(), (std::vector<std::int64_t>{1, 5, 3}));
  EXPECT_TRUE(model->named_parameters().contains("backbone.0.weight"));
}

TEST(VibModel, DeterministicIgnoresTheNumberOfDraws) {
  VibModelOptions options(8, 3, 5);
  options.bottleneck().deterministic(true);
  VibModel model(Mlp(MlpOptions(4).hidden({8})), options);
  EXPECT_EQ(model(torch::randn({6, 4}), 12).decoded.size(0), 1);
}

TEST(VibModel, ACloneComputesTheSameWithTensorsOfItsOwn) {
  auto model = small_classifier();
  VibModel copy(std::dynamic_pointer_cast<VibModelImpl>(model->clone()));
  const auto x = torch::randn({6, 4});
  const auto before = model->encode(x).mean();
  EXPECT_TRUE(torch::equal(before, copy->encode(x).mean()));
  torch::NoGradGuard no_grad;
  for (auto& p : copy->parameters()) p.zero_();
  EXPECT_TRUE(torch::equal(before, model->encode(x).mean()));
}

TEST(Weights, GoFromOneModelToAnotherByName) {
  auto a = small_classifier(), b = small_classifier();
  load_weights(*b, copy_weights(*a), "a");
  const auto x = torch::randn({6, 4});
  EXPECT_TRUE(torch::equal(a->encode(x).mean(), b->encode(x).mean()));
}

TEST(Weights, OfAnotherShapeAreRefusedAndChangeNothing) {
  auto model = small_classifier();
  const auto before = copy_weights(*model);
  VibModel wider(Mlp(MlpOptions(4).hidden({9})), VibModelOptions(9, 3, 5));
  try {
    load_weights(*model, copy_weights(*wider), "run/weights.pt");
    FAIL();
  } catch (const StateError& e) {
    EXPECT_NE(std::string(e.what()).find("run/weights.pt"), std::string::npos) << e.what();
    EXPECT_NE(std::string(e.what()).find("backbone.layers.0.weight"), std::string::npos) << e.what();
  }
  for (const auto& item : copy_weights(*model)) EXPECT_TRUE(torch::equal(item.value(), before[item.key()]));
}

TEST(Initialization, XavierUniformFillsItsRangeAndZeroesBiases) {
  Mlp mlp(MlpOptions(300).hidden({200}));
  initialize_xavier_uniform(*mlp, 2.0);
  const auto parameters = mlp->named_parameters();
  const double bound = 2.0 * std::sqrt(6.0 / (300 + 200));
  const auto& weight = parameters["layers.0.weight"];
  EXPECT_LE(weight.abs().max().item<double>(), bound);
  EXPECT_GT(weight.abs().max().item<double>(), 0.99 * bound);
  EXPECT_NEAR(weight.std().item<double>(), bound / std::sqrt(3.0), 0.01 * bound);
  EXPECT_EQ(parameters["layers.0.bias"].abs().max().item<double>(), 0.0);
}

}  // namespace
}  // namespace vib
