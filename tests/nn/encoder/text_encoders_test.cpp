// Text encoders against the plain formulas in LibTorch's own operations, and as replicas against single models.

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <ATen/autocast_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "vib/nn/encoder/text_cnn.h"
#include "vib/nn/encoder/text_mean.h"
#include "vib/nn/replicas.h"
#include "vib/nn/vib_model.h"

namespace vib {
namespace {

using Tensors = std::vector<torch::Tensor>;

constexpr std::int64_t kWords = 40;
constexpr std::int64_t kLength = 17;

/// Random texts, padded in front, the last one to nothing but padding.
torch::Tensor texts(std::int64_t count = 9) {
  torch::manual_seed(4);
  auto tokens = torch::randint(1, kWords, {count, kLength}, torch::kInt64);
  for (std::int64_t b = 0; b < count; ++b) tokens[b].slice(0, 0, 2 * b) = 0;
  return tokens;
}

TextCnn small_cnn(std::int64_t width = 3) {
  torch::manual_seed(7);
  return TextCnn(TextCnnOptions(kWords).embedding(5).filters(12).width(width));
}

/// The formula: convolution, ReLU, maximum over the windows that are not all padding.
torch::Tensor plain_cnn(TextCnn& cnn, const torch::Tensor& tokens) {
  const auto width = cnn->options.width();
  const auto embedded = at::embedding(cnn->embedding->weight, tokens).transpose(1, 2);
  const auto h = at::conv1d(embedded, cnn->convolution->weight, cnn->convolution->bias).relu();
  const auto padded = tokens.eq(0).unfold(1, width, 1).all(-1);
  return h.masked_fill(padded.unsqueeze(1), 0).amax(-1);
}

torch::Tensor plain_mean(TextMean& mean, const torch::Tensor& tokens) {
  const auto words = tokens.ne(0).unsqueeze(-1);
  const auto sum = (at::embedding(mean->embedding->weight, tokens) * words).sum(1);
  return mean->dense->forward(sum / words.sum(1).clamp_min(1));
}

Tensors gradients(const torch::Tensor& output, const Tensors& parameters) {
  const auto generator = at::detail::createCPUGenerator(3);
  return torch::autograd::grad({output}, parameters, {torch::randn(output.sizes(), generator, output.options())});
}

void expect_close(const Tensors& actual, const Tensors& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i].sizes(), expected[i].sizes());
    EXPECT_LT((actual[i] - expected[i]).abs().max().item<double>(), tolerance) << "tensor " << i;
    EXPECT_GT(expected[i].abs().max().item<double>(), 0) << "tensor " << i;
  }
}

class TextCnnOfWidth : public testing::TestWithParam<std::int64_t> {};

TEST_P(TextCnnOfWidth, IsConvolutionReluAndMaximumOverTime) {
  auto cnn = small_cnn(GetParam());
  cnn->to(torch::kFloat64);
  const auto tokens = texts();
  const auto ours = cnn(tokens), expected = plain_cnn(cnn, tokens);
  expect_close({ours}, {expected}, 1e-10);
  expect_close(gradients(ours, cnn->parameters()), gradients(expected, cnn->parameters()), 1e-10);
  const torch::NoGradGuard no_grad;
  cnn->eval();
  EXPECT_TRUE(torch::equal(cnn(tokens), ours));
}

INSTANTIATE_TEST_SUITE_P(Widths, TextCnnOfWidth, testing::Values(1, 2, 3, 5, kLength));

TEST(TextCnn, IsTheSameInFloat32) {
  auto cnn = small_cnn();
  const auto tokens = texts();
  const auto ours = cnn(tokens), expected = plain_cnn(cnn, tokens);
  expect_close({ours}, {expected}, 1e-5);
  expect_close(gradients(ours, cnn->parameters()), gradients(expected, cnn->parameters()), 1e-4);
}

TEST(TextCnn, TakesTokensOfAnyIntegerTypeAndStrides) {
  auto cnn = small_cnn();
  const auto tokens = texts();
  EXPECT_TRUE(torch::equal(cnn(tokens.to(torch::kInt32)), cnn(tokens)));
  EXPECT_TRUE(torch::equal(cnn(tokens.t().contiguous().t()), cnn(tokens)));
}

// A mistake of other implementations: padding not masked. Where a filter answers more to padding than to any word,
// every short text then looks the same.
TEST(TextCnn, MasksPadding) {
  auto cnn = small_cnn();
  {
    const torch::NoGradGuard no_grad;
    cnn->convolution->weight.fill_(1);
    cnn->convolution->bias.zero_();
    cnn->embedding->weight.fill_(0.25);
    cnn->embedding->weight[0].fill_(10);
  }
  const auto words = torch::full({1, 3}, 5, torch::kInt64), padding = torch::zeros({1, 8}, torch::kInt64);
  const auto padded = cnn(torch::cat({padding, words}, 1));
  // The best window that has a word has two paddings: 5 values each of 10, 10 and 0.25.
  EXPECT_TRUE(torch::allclose(padded, torch::full({1, 12}, 5 * (10 + 10 + 0.25))));
  EXPECT_TRUE(torch::allclose(cnn(words), torch::full({1, 12}, 3 * 5 * 0.25)));
  EXPECT_TRUE(torch::equal(cnn(torch::cat({words, padding}, 1)), padded)) << "behind as in front";
}

TEST(TextCnn, GivesZerosForPaddingAlone) {
  auto cnn = small_cnn();
  const auto nothing = torch::zeros({2, kLength}, torch::kInt64);
  const auto output = cnn(nothing);
  EXPECT_TRUE(torch::equal(output, torch::zeros({2, 12})));
  for (const auto& gradient : torch::autograd::grad({output.sum()}, cnn->parameters()))
    EXPECT_EQ(gradient.abs().sum().item<double>(), 0);
}

TEST(TextCnn, PassesOnWhatIsNotANumber) {
  auto cnn = small_cnn();
  const torch::NoGradGuard no_grad;
  cnn->embedding->weight[5].fill_(std::numeric_limits<double>::quiet_NaN());
  auto tokens = torch::full({1, kLength}, 6, torch::kInt64);
  EXPECT_FALSE(cnn(tokens).isnan().any().item<bool>());
  tokens[0][4] = 5;
  EXPECT_TRUE(cnn(tokens).isnan().all().item<bool>());
}

TEST(TextCnn, ComputesInBfloat16UnderAutocast) {
  auto cnn = small_cnn();
  const auto tokens = texts();
  const auto expected = plain_cnn(cnn, tokens);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  const auto ours = cnn(tokens);
  at::autocast::set_autocast_enabled(at::kCPU, false);
  at::autocast::clear_cache();
  EXPECT_EQ(ours.scalar_type(), torch::kFloat32);
  EXPECT_FALSE(torch::equal(ours, expected));
  expect_close({ours}, {expected}, 0.05);
  for (const auto& gradient : gradients(ours, cnn->parameters())) EXPECT_GT(gradient.abs().sum().item<double>(), 0);
}

TEST(TextCnn, RefusesWhatIsNoText) {
  auto cnn = small_cnn();
  EXPECT_THROW(cnn(torch::full({2, kLength}, kWords, torch::kInt64)), c10::Error);
  EXPECT_THROW(cnn(torch::full({2, kLength}, -1, torch::kInt64)), c10::Error);
  EXPECT_THROW(cnn(torch::ones({2, 2}, torch::kInt64)), c10::Error) << "shorter than a window";
  EXPECT_THROW(cnn(torch::ones({kLength}, torch::kInt64)), c10::Error);
  EXPECT_THROW(TextCnn(TextCnnOptions(kWords).width(0)), c10::Error);
}

TEST(TextMean, IsTheMeanOfTheWordsThatAreNotPadding) {
  torch::manual_seed(7);
  for (const auto& hidden : {std::vector<std::int64_t>{}, {8, 6}}) {
    TextMean mean(TextMeanOptions(kWords).embedding(5).hidden(hidden).activation(Activation::kTanh));
    mean->to(torch::kFloat64);
    const auto tokens = texts();
    const auto ours = mean(tokens), expected = plain_mean(mean, tokens);
    EXPECT_EQ(ours.size(1), mean->options.features());
    expect_close({ours}, {expected}, 1e-10);
    expect_close(gradients(ours, mean->parameters()), gradients(expected, mean->parameters()), 1e-10);
  }
}

TEST(TextMean, RefusesWhatIsNoText) {
  TextMean mean{TextMeanOptions(kWords)};
  EXPECT_THROW(mean(torch::full({2, kLength}, kWords, torch::kInt64)), c10::Error);
  EXPECT_THROW(mean(torch::ones({kLength}, torch::kInt64)), c10::Error);
}

TEST(TextEncoders, DropFeaturesInTrainingAlone) {
  const auto tokens = texts();
  TextCnn cnn(TextCnnOptions(kWords).filters(400).dropout(0.5));
  TextMean mean(TextMeanOptions(kWords).embedding(400).dropout(0.5));
  const auto share_of_zeros = [](const torch::Tensor& x) { return x.eq(0).to(torch::kFloat32).mean().item<double>(); };
  EXPECT_NEAR(share_of_zeros(mean(tokens)), 0.5, 0.05);
  EXPECT_GT(share_of_zeros(cnn(tokens)), 0.4);
  cnn->eval(), mean->eval();
  EXPECT_TRUE(torch::equal(cnn(tokens), cnn(tokens)));
  EXPECT_LT(share_of_zeros(mean(tokens)), 0.05);
}

TEST(TextEncoders, ACloneHasItsOwnWeights) {
  const auto tokens = texts();
  auto cnn = small_cnn();
  auto copy = std::dynamic_pointer_cast<TextCnnImpl>(cnn->clone());
  EXPECT_TRUE(torch::equal(cnn(tokens), copy->forward(tokens)));
  const torch::NoGradGuard no_grad;
  for (const auto& p : copy->parameters()) p.add_(1);
  EXPECT_FALSE(torch::equal(cnn(tokens), copy->forward(tokens)));
}

enum class Encoder { kCnn, kMean };

VibModel classifier(Encoder encoder, std::uint64_t seed) {
  torch::manual_seed(seed);
  const VibModelOptions options(6, 4, 2);
  if (encoder == Encoder::kCnn) return VibModel(TextCnn(TextCnnOptions(kWords).embedding(5).filters(6)), options);
  return VibModel(TextMean(TextMeanOptions(kWords).embedding(5).hidden({6})), options);
}

/// Numbers of a batch that every part of the network has a share in, `[B]` and `[B, D]`.
TensorMap summary(VibModelImpl& model, const Batch& batch) {
  const auto output = model.forward_with(batch.x, batch.noise);
  const auto* q = output.posterior.as<DiagonalGaussian>();
  TensorMap numbers;
  numbers.insert("summary",
                 output.decoded.square().sum({0, 2}) + q->mean.sin().sum(-1) + q->log_variance.cos().sum(-1));
  numbers.insert("logits", output.decoded.mean(0));
  return numbers;
}

class TextReplicas : public testing::TestWithParam<Encoder> {};

TEST_P(TextReplicas, GiveTheOutputsAndGradientsOfSingleModels) {
  constexpr std::int64_t kReplicas = 3, kDraws = 2, kTexts = 9;
  const auto tokens = texts(kTexts);
  const auto noise = torch::randn({kDraws, kReplicas, kTexts, 4});
  std::vector<VibModel> singles, models;
  for (const std::uint64_t seed : {1, 2, 3}) {
    singles.push_back(classifier(GetParam(), seed));
    models.push_back(classifier(GetParam(), seed));
  }
  ASSERT_FALSE(why_not_replicable(*models[0]).has_value());

  testing::internal::CaptureStderr();
  Replicas replicas(models);
  Tensors stacked;
  torch::Tensor logits;
  {
    const Replicas::Computing computing(replicas, replicas.parameters());
    const auto output = replicas.map(summary, {tokens, {}, noise});
    logits = output["logits"];
    stacked = torch::autograd::grad({output["summary"].sum()}, replicas.leaves());
  }
  // LibTorch warns where vmap has no rule for an operation and falls back to a slow loop.
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::Not(testing::HasSubstr("batching rule")));

  for (std::int64_t r = 0; r < kReplicas; ++r) {
    SCOPED_TRACE(r);
    auto& single = singles[static_cast<std::size_t>(r)];
    const auto output = summary(*single, {tokens, {}, noise.select(1, r)});
    expect_close({logits[r]}, {output["logits"]}, 1e-5);
    expect_close(replicas.of_replica(stacked, r),
                 torch::autograd::grad({output["summary"].sum()}, single->parameters()), 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Encoders, TextReplicas, testing::Values(Encoder::kCnn, Encoder::kMean),
                         [](const auto& info) { return info.param == Encoder::kCnn ? "cnn" : "mean"; });

}  // namespace
}  // namespace vib
