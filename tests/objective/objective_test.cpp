#include "vib/objective/objective.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/objective/reference_values.h"
#include "vib/core/device.h"
#include "vib/nn/encoder/mlp.h"
#include "vib/objective/rate.h"

namespace vib {
namespace {

constexpr auto kDouble = torch::kFloat64;

TEST(CrossEntropy, IsTheReferencesAlsoForHugeLogits) {
  for (const auto& r : reference::kCrossEntropy) {
    const auto logits = torch::tensor({{r.logits[0], r.logits[1], r.logits[2]}}, kDouble);
    EXPECT_NEAR(cross_entropy(logits, torch::tensor({r.target})).item<double>(), r.nats, 1e-12 * r.nats + 1e-15);
  }
}

TEST(CrossEntropy, BroadcastsTargetsOverDraws) {
  const auto logits = torch::randn({3, 4, 5});
  const auto targets = torch::tensor({0, 4, 2, 2});
  const auto all = cross_entropy(logits, targets);
  ASSERT_EQ(all.sizes(), (std::vector<std::int64_t>{3, 4}));
  EXPECT_TRUE(torch::allclose(all[2], cross_entropy(logits[2], targets)));
}

TEST(CrossEntropy, RefusesTargetsThatAreNoClassIndices) {
  EXPECT_THROW(cross_entropy(torch::randn({2, 3}), torch::zeros({2})), c10::Error);
}

// Only what it says of likelihood and prior matters here.
VibModel any_model() { return VibModel(Mlp(MlpOptions(2)), VibModelOptions(2, 3, 5)); }

TEST(VibTerms, DistortionIsTheMeanOverDrawsOfEachExample) {
  const auto model = any_model();
  for (const auto& r : reference::kDraws) {
    const auto logits = torch::from_blob(const_cast<double*>(&r.logits[0][0]), {3, 1, 4}, kDouble);
    const auto zeros = torch::zeros({1, 2}, kDouble);
    const VibOutput output{logits, DiagonalGaussian{zeros, zeros}, zeros.unsqueeze(0)};
    EXPECT_NEAR(vib_terms(*model, output, torch::tensor({r.target})).distortion.item<double>(), r.distortion,
                1e-12 * r.distortion);
  }
}

TEST(VibTerms, LossIsTheMeanOverExamplesOfDistortionPlusBetaRate) {
  const VibTerms terms{torch::tensor({1.0, 3.0}), torch::tensor({10.0, 30.0})};
  EXPECT_NEAR(terms.loss(0.0).item<double>(), 2.0, 1e-6);
  EXPECT_NEAR(terms.loss(0.5).item<double>(), 12.0, 1e-6);
  EXPECT_THROW(terms.loss(-0.1), c10::Error);
}

TEST(Objective, TheSquaredPriceIsThatOfTheMeanRateOfEachReplica) {
  TensorMap terms;
  terms.insert("distortion", torch::zeros({2, 2}));
  terms.insert("rate", torch::tensor({{1.0, 3.0}, {0.0, 2.0}}));
  const auto loss = Objective(squared_price).loss(terms, torch::tensor({0.5, 3.0}));
  EXPECT_TRUE(torch::allclose(loss, torch::tensor({0.5 * 4, 3.0 * 1}))) << loss;
}

// By hand, for rates {1, 3} and {0, 2} of two replicas and β = ½ and 3.
TEST(Objective, EveryPriceIsAsByHand) {
  TensorMap terms;
  terms.insert("distortion", torch::zeros({2, 2}));
  terms.insert("rate", torch::tensor({{1.0, 3.0}, {0.0, 2.0}}));
  const auto expect = [&](const Price& price, double first, double second) {
    const auto loss = Objective(price).loss(terms, torch::tensor({0.5, 3.0}));
    EXPECT_TRUE(torch::allclose(loss, torch::tensor({first, second}).to(torch::kFloat32))) << loss;
  };
  expect(power_price(1), 0.5 * 2, 3.0 * 1);
  expect(power_price(3), 0.5 * 8, 3.0 * 1);
  expect(exponential_price(0.5), 0.5 * (std::exp(1.0) - 1), 3.0 * (std::exp(0.5) - 1));
  expect(hinge_price(1.5, HingeOf::kBatch), 0.5 * 0.5, 0);
  expect(hinge_price(1.5, HingeOf::kExample), 0.5 * 0.75, 3.0 * 0.25);
}

TEST(Objective, TheGradientOfEveryPriceIsTheFiniteDifference) {
  const auto at = torch::tensor({{0.4, 1.9, 0.8}}, kDouble);
  const auto beta = torch::tensor({{0.7}}, kDouble);
  for (const auto& price : {Price(linear_price), Price(squared_price), power_price(1.5), exponential_price(2),
                            hinge_price(0.9, HingeOf::kBatch), hinge_price(0.9, HingeOf::kExample)}) {
    const auto cost = [&](const torch::Tensor& rate) { return price(rate, beta).expand({1, 3}).mean(); };
    auto rate = at.clone().requires_grad_();
    const auto gradient = torch::autograd::grad({cost(rate)}, {rate})[0];
    for (int i = 0; i < 3; ++i) {
      const auto step = 1e-6 * torch::one_hot(torch::tensor({i}), 3).to(kDouble);
      const auto slope = ((cost(at + step) - cost(at - step)) / 2e-6).item<double>();
      EXPECT_NEAR(gradient[0][i].item<double>(), slope, 1e-8);
    }
  }
}

// Every pair, with repetition, of four rates of mean 4 and variance 5: of batches of two, the mean of R̄² is 4² + 5/2.
TEST(Objective, TheSquaredPriceOfAMiniBatchIsTooLargeByTheVarianceOverItsSize) {
  const auto rates = torch::tensor({1.0, 3.0, 5.0, 7.0}, kDouble);
  const auto pairs = torch::cartesian_prod({rates, rates});
  const auto price = squared_price(pairs, torch::ones({16, 1}, kDouble));
  EXPECT_NEAR(price.mean().item<double>(), 16 + 2.5, 1e-12);
  EXPECT_NEAR(squared_price(rates, torch::ones({1}, kDouble)).mean().item<double>(), 16, 1e-12);
}

// Jensen. Equal where all rates are on one side of what is free.
TEST(Objective, TheMeanOfTheMaximaIsAtLeastTheMaximumOfTheMean) {
  const auto generator = make_generator(torch::kCPU, 1);
  const auto rates = 4 * torch::rand({200, 8}, generator, torch::dtype(kDouble));
  const auto cost = [&](double free, HingeOf of) {
    return hinge_price(free, of)(rates, torch::ones({200, 1}, kDouble)).mean(-1);
  };
  const auto difference = cost(2, HingeOf::kExample) - cost(2, HingeOf::kBatch);
  EXPECT_TRUE(difference.gt(0).all().item<bool>());
  for (const double free : {0.0, 5.0})
    EXPECT_TRUE(torch::allclose(cost(free, HingeOf::kExample), cost(free, HingeOf::kBatch)));
}

TEST(Objective, RefusesPricesThatMakeNoSense) {
  EXPECT_THROW(power_price(0.5), c10::Error);
  EXPECT_THROW(exponential_price(0), c10::Error);
  EXPECT_THROW(hinge_price(-1, HingeOf::kBatch), c10::Error);
}

TEST(Objective, EveryTermOfTheLikelihoodIsTheMeanOverTheDraws) {
  torch::manual_seed(4);
  auto model = any_model();
  const auto x = torch::randn({60, 2}), noise = torch::randn({2, 60, 3});
  const auto y = torch::randint(5, {60}, torch::kInt64);
  const auto with = [&](const torch::Tensor& draws) { return Objective().terms(*model, {x, y, draws}); };
  const auto both = with(noise), first = with(noise.slice(0, 0, 1)), second = with(noise.slice(0, 1, 2));
  for (const std::string name : {"distortion", "mistakes"}) {
    EXPECT_FALSE(torch::allclose(first[name], second[name])) << name;
    EXPECT_TRUE(torch::allclose(both[name], (first[name] + second[name]) / 2)) << name;
  }
}

// Every gradient of the objective against central differences, in float64: of μ, log σ² and the decoder.
class ObjectiveGradient : public testing::Test {
 protected:
  torch::Tensor loss() {
    const DiagonalGaussian posterior{mean, log_variance};
    const auto z = posterior.sample_with(noise);
    return vib_terms(*model, {decode(z), posterior, z}, targets).loss(0.3);
  }
  torch::Tensor decode(const torch::Tensor& z) { return at::linear(z, weight, bias); }

  void expect_gradient_of(torch::Tensor variable) {
    const auto analytic = torch::autograd::grad({loss()}, {variable})[0].flatten();
    torch::NoGradGuard no_grad;
    auto values = variable.view(-1);
    const double h = 1e-6;
    for (std::int64_t i = 0; i < values.numel(); ++i) {
      const auto original = values[i].item<double>();
      values[i] = original + h;
      const auto above = loss().item<double>();
      values[i] = original - h;
      const auto below = loss().item<double>();
      values[i] = original;
      const auto numeric = (above - below) / (2 * h);
      EXPECT_NEAR(analytic[i].item<double>(), numeric, 1e-8 + 1e-6 * std::abs(numeric)) << i;
    }
  }

  static torch::Tensor leaf(std::vector<std::int64_t> shape, std::uint64_t seed) {
    return torch::randn(shape, make_generator(torch::kCPU, seed), torch::dtype(kDouble)).requires_grad_();
  }

  VibModel model = any_model();
  torch::Tensor mean = leaf({4, 3}, 1), log_variance = leaf({4, 3}, 2);
  torch::Tensor weight = leaf({5, 3}, 3), bias = leaf({5}, 4);
  torch::Tensor noise = leaf({6, 4, 3}, 5).detach();
  torch::Tensor targets = torch::tensor({0, 3, 3, 4});
};

TEST_F(ObjectiveGradient, OfTheMeanIsTheFiniteDifference) { expect_gradient_of(mean); }
TEST_F(ObjectiveGradient, OfTheLogVarianceIsTheFiniteDifference) { expect_gradient_of(log_variance); }
TEST_F(ObjectiveGradient, OfTheDecoderWeightIsTheFiniteDifference) { expect_gradient_of(weight); }
TEST_F(ObjectiveGradient, OfTheDecoderBiasIsTheFiniteDifference) { expect_gradient_of(bias); }

}  // namespace
}  // namespace vib
