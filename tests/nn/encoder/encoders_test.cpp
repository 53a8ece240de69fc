#include <cmath>

#include <gtest/gtest.h>

#include "vib/nn/decoder.h"
#include "vib/nn/encoder/conv.h"
#include "vib/nn/encoder/mlp.h"

namespace vib {
namespace {

using Shape = std::vector<std::int64_t>;

TEST(Mlp, FlattensAndEndsInItsLastWidth) {
  Mlp mlp(MlpOptions(784).hidden({30, 20}));
  EXPECT_EQ(mlp(torch::randn({5, 1, 28, 28})).sizes(), (Shape{5, 20}));
  EXPECT_EQ(mlp->options.features(), 20);
}

TEST(Mlp, WithoutHiddenLayersPassesItsInputOn) {
  Mlp mlp(MlpOptions(6));
  const auto x = torch::randn({2, 6});
  EXPECT_TRUE(torch::equal(mlp(x), x));
}

TEST(Mlp, EveryActivationIsLibTorchsOwn) {
  const auto x = torch::randn({4, 3});
  Mlp mlp(MlpOptions(3).hidden({3}).activation(Activation::kTanh));
  const auto layer = mlp->layers[0]->as<torch::nn::LinearImpl>();
  EXPECT_TRUE(torch::equal(mlp(x), layer->forward(x).tanh()));
  EXPECT_TRUE(torch::equal(activate(x, Activation::kRelu), x.relu()));
  EXPECT_TRUE(torch::equal(activate(x, Activation::kGelu), at::gelu(x)));
  EXPECT_TRUE(torch::equal(activate(x, Activation::kSilu), x * x.sigmoid()) ||
              torch::allclose(activate(x, Activation::kSilu), x * x.sigmoid()));
}

/// Whether a share `p` of `x` was set to 0, within four standard errors, and the others were scaled by 1 / (1 - p).
void expect_dropped(const torch::Tensor& x, double p) {
  EXPECT_TRUE(torch::allclose(x, x.ne(0).to(x.scalar_type()) / (1 - p)));
  const auto share = x.eq(0).to(torch::kFloat64).mean().item<double>();
  EXPECT_NEAR(share, p, 4 * std::sqrt(p * (1 - p) / static_cast<double>(x.numel())));
}

TEST(Encoders, DropAShareOfTheirInputInTrainingAlone) {
  torch::manual_seed(1);
  Mlp mlp(MlpOptions(784).input_dropout(0.2).dropout(0.9));  // with no hidden layer the input is handed on
  ConvEncoder conv(ConvEncoderOptions(1, 28, 28).channels({}).hidden({}).input_dropout(0.3).dropout(0.9));
  const auto x = torch::ones({30, 1, 28, 28});
  expect_dropped(mlp(x), 0.2);
  expect_dropped(conv(x), 0.3);
  mlp->eval(), conv->eval();
  EXPECT_TRUE(torch::equal(mlp(x), x.flatten(1)));
  EXPECT_TRUE(torch::equal(conv(x), x.flatten(1)));
}

TEST(Mlp, RefusesAnInputOfAnotherSize) {
  Mlp mlp(MlpOptions(784).hidden({30}));
  EXPECT_THROW(mlp(torch::randn({5, 783})), c10::Error);
}

TEST(Mlp, ACloneHasItsOwnWeights) {
  Mlp mlp(MlpOptions(4).hidden({3}));
  auto copy = std::dynamic_pointer_cast<MlpImpl>(mlp->clone());
  const auto x = torch::randn({2, 4});
  EXPECT_TRUE(torch::equal(mlp(x), copy->forward(x)));
  torch::NoGradGuard no_grad;
  copy->parameters()[0].add_(1);
  EXPECT_FALSE(torch::equal(mlp(x), copy->forward(x)));
}

TEST(ConvEncoder, HalvesTheImageAtEachConvolution) {
  ConvEncoder encoder(ConvEncoderOptions(1, 28, 28).channels({4, 6}).hidden({10}));
  EXPECT_EQ(encoder->options.flattened(), 6 * 7 * 7);
  EXPECT_EQ(encoder(torch::randn({3, 1, 28, 28})).sizes(), (Shape{3, 10}));
}

TEST(ConvEncoder, RefusesMorePoolingsThanTheImageHasHalves) {
  EXPECT_THROW(ConvEncoder(ConvEncoderOptions(1, 28, 28).channels({4, 4, 4, 4, 4})), c10::Error);
}

TEST(Decoder, IsLinearUnlessHiddenLayersAreAskedFor) {
  Decoder linear(DecoderOptions(8, 10));
  EXPECT_EQ(linear->parameters().size(), 2u);
  const auto a = torch::randn({2, 8}), b = torch::randn({2, 8});
  const auto zero = linear(torch::zeros({2, 8}));
  EXPECT_TRUE(torch::allclose(linear(a + b), linear(a) + linear(b) - zero, 1e-4, 1e-5));

  Decoder deep(DecoderOptions(8, 10).hidden({16}));
  EXPECT_EQ(deep->parameters().size(), 4u);
  EXPECT_EQ(deep(torch::randn({3, 8})).sizes(), (Shape{3, 10}));
}

}  // namespace
}  // namespace vib
