#include "vib/nn/bottleneck.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <torch/nn/functional/activation.h>

#include "tests/objective/reference_values.h"
#include "vib/distribution/log_variance.h"
#include "vib/objective/rate.h"

namespace vib {
namespace {

TEST(SoftplusLogVariance, IsTheReferencesAlsoWhereSoftplusUnderflows) {
  for (const auto& r : reference::kShiftedSoftplus) {
    const auto log_variance = softplus_log_variance(torch::tensor({r.input}, torch::kFloat32), 5.0);
    EXPECT_NEAR(log_variance.item<float>(), r.log_variance, 2e-6 * std::max(1.0, std::abs(r.log_variance))) << r.input;
  }
}

TEST(SoftplusLogVariance, HasAFiniteGradientEverywhere) {
  const auto s = torch::tensor({-1e4, -100.0, -13.0, -12.9, 0.0, 5.0, 100.0, 1e4}, torch::requires_grad());
  softplus_log_variance(s, 5.0).sum().backward();
  EXPECT_TRUE(s.grad().isfinite().all().item<bool>()) << s.grad();
  EXPECT_NEAR(s.grad()[0].item<double>(), 2.0, 1e-6);  // far below, log σ² = 2 (s - 5)
}

TEST(BoundedLogVariance, LeavesTheUsualRangeAloneAndHoldsTheRest) {
  const auto x = torch::tensor({-1e30, -41.0, -40.0, -3.25, 0.0, 39.5, 1e30});
  const auto expected = torch::tensor({-40.0, -40.0, -40.0, -3.25, 0.0, 39.5, 40.0});
  EXPECT_TRUE(torch::equal(bounded_log_variance(x), expected));
}

TEST(BoundedLogVariance, AValueBeyondTheBoundsIsPulledBackByTheRate) {
  const auto x = torch::tensor({-100.0, 100.0}, torch::requires_grad());
  rate(DiagonalGaussian{torch::zeros({2, 1}), bounded_log_variance(x).unsqueeze(1)}).sum().backward();
  EXPECT_LT(x.grad()[0].item<float>(), 0);  // descent raises it
  EXPECT_GT(x.grad()[1].item<float>(), 0);  // descent lowers it
  EXPECT_TRUE(x.grad().isfinite().all().item<bool>());
}

TEST(BoundedLogVariance, ABrokenEncoderIsReportedNotHidden) {
  const auto infinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(bounded_log_variance(torch::tensor({infinity, -infinity, std::nanf("")})).isnan().all().item<bool>());
}

class BottleneckScale : public testing::TestWithParam<std::tuple<Scale, Covariance>> {};

// "σ without a floor, log 0": whatever the encoder emits, rate and gradient are numbers.
TEST_P(BottleneckScale, RateAndGradientAreFiniteForAnyEncoderOutput) {
  const auto [scale, covariance] = GetParam();
  GaussianBottleneck bottleneck(GaussianBottleneckOptions(1, 64).scale(scale).covariance(covariance));
  torch::NoGradGuard no_grad;
  for (const double size : {0.0, 1.0, 1e3, 1e6, 1e9}) {
    bottleneck->linear->weight.fill_(0);
    for (const double sign : {-1.0, 1.0}) {
      bottleneck->linear->bias.fill_(sign * size);
      bottleneck->zero_grad();
      torch::AutoGradMode with_grad(true);
      const auto posterior = bottleneck->encode(torch::ones({100, 1}));
      const auto loss = rate(posterior).mean();
      loss.backward();
      EXPECT_TRUE(loss.isfinite().item<bool>()) << sign * size;
      EXPECT_TRUE(bottleneck->linear->bias.grad().isfinite().all().item<bool>()) << sign * size;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, BottleneckScale,
                         testing::Combine(testing::Values(Scale::kLogVariance, Scale::kSoftplus),
                                          testing::Values(Covariance::kDiagonal, Covariance::kFull)));

TEST(GaussianBottleneck, ReadsMeanAndScaleFromTheTwoHalves) {
  GaussianBottleneck bottleneck(GaussianBottleneckOptions(3, 2));
  const auto features = torch::randn({4, 3});
  const auto output = bottleneck->linear->forward(features);
  const auto [z, posterior] = bottleneck(features);
  EXPECT_TRUE(torch::equal(posterior.mean(), output.slice(1, 0, 2)));
  EXPECT_TRUE(torch::equal(posterior.as<DiagonalGaussian>()->log_variance, output.slice(1, 2, 4)));
  EXPECT_EQ(z.sizes(), (std::vector<std::int64_t>{4, 2}));
}

TEST(GaussianBottleneck, WithAFullCovarianceReadsMeanDiagonalAndTheNumbersBelowItRowByRow) {
  GaussianBottleneck bottleneck(
      GaussianBottleneckOptions(5, 3).covariance(Covariance::kFull).scale(Scale::kSoftplus).shift(2));
  bottleneck->to(torch::kFloat64);
  ASSERT_EQ(bottleneck->linear->weight.size(0), 3 + 3 + 3);
  const auto features = torch::randn({4, 5}, torch::kFloat64);
  const auto output = bottleneck->linear->forward(features);
  const auto sigma = torch::nn::functional::softplus(output.slice(1, 3, 6) - 2), a = output.slice(1, 6, 9);
  const auto epsilon = torch::randn({4, 3}, torch::kFloat64);
  const auto posterior = bottleneck->encode(features);
  // z_i = μ_i + σ_i (ε_i + Σ_{j<i} a_ij ε_j / √K), written out.
  const auto e0 = epsilon.select(1, 0), e1 = epsilon.select(1, 1), e2 = epsilon.select(1, 2);
  const auto a10 = a.select(1, 0), a20 = a.select(1, 1), a21 = a.select(1, 2);
  const auto turned = at::stack({e0, e1 + a10 * e0 / std::sqrt(3), e2 + (a20 * e0 + a21 * e1) / std::sqrt(3)}, 1);
  EXPECT_TRUE(torch::allclose(posterior.sample_with(epsilon), output.slice(1, 0, 3) + sigma * turned, 1e-12, 1e-12));
  EXPECT_TRUE(torch::equal(posterior.mean(), output.slice(1, 0, 3)));
}

// What a bottleneck begins with decides whether it trains: at any K and any σ it must be near a diagonal one.
TEST(GaussianBottleneck, AFullCovarianceBeginsNearADiagonalOne) {
  torch::manual_seed(1);
  for (const std::int64_t latent : {2, 64}) {
    GaussianBottleneck bottleneck(GaussianBottleneckOptions(256, latent).covariance(Covariance::kFull));
    const auto posterior = bottleneck->encode(torch::randn({500, 256}).relu());
    const auto factor = posterior.as<FullGaussian>()->cholesky;
    const auto own = factor.diagonal(0, -2, -1).square().sum();  // what z_i spreads given those before it
    EXPECT_LT((posterior.stddev().square().sum() / own).item<double>(), 1.25) << latent;
  }
}

TEST(GaussianBottleneck, RefusesAFullCovarianceOfMoreThan64Dimensions) {
  const auto options = [](std::int64_t latent) {
    return GaussianBottleneckOptions(3, latent).covariance(Covariance::kFull);
  };
  EXPECT_NO_THROW(GaussianBottleneck(options(64)));
  EXPECT_NO_THROW(GaussianBottleneck(options(65).deterministic(true)));
  try {
    GaussianBottleneck bottleneck(options(65));
    FAIL();
  } catch (const c10::Error& e) {
    EXPECT_NE(std::string(e.what()).find("at most 64, got 65; take a diagonal covariance"), std::string::npos);
  }
}

TEST(GaussianBottleneck, TheSoftplusScaleIsThePapers) {
  GaussianBottleneck bottleneck(GaussianBottleneckOptions(3, 2).scale(Scale::kSoftplus).shift(5));
  const auto features = torch::randn({4, 3});
  const auto s = bottleneck->linear->forward(features).slice(1, 2, 4);
  EXPECT_TRUE(torch::allclose(bottleneck->encode(features).stddev(), torch::nn::functional::softplus(s - 5), 1e-5));
}

TEST(GaussianBottleneck, DeterministicEmitsTheMeanAlone) {
  GaussianBottleneck bottleneck(GaussianBottleneckOptions(3, 2).deterministic(true));
  EXPECT_EQ(bottleneck->linear->weight.size(0), 2);
  const auto [z, posterior] = bottleneck(torch::randn({4, 3}));
  EXPECT_TRUE(posterior.deterministic());
  EXPECT_TRUE(torch::equal(z, posterior.mean()));
}

TEST(GaussianBottleneck, WorksInFloat32AfterABfloat16Network) {
  GaussianBottleneck bottleneck(GaussianBottleneckOptions(3, 2));
  bottleneck->to(torch::kBFloat16);
  const auto posterior = bottleneck->encode(torch::randn({4, 3}).to(torch::kBFloat16));
  EXPECT_EQ(posterior.mean().scalar_type(), torch::kFloat32);
  EXPECT_EQ(posterior.as<DiagonalGaussian>()->log_variance.scalar_type(), torch::kFloat32);
}

TEST(GaussianBottleneck, AFullCovarianceIsInFloat32AfterABfloat16Network) {
  GaussianBottleneck bottleneck(GaussianBottleneckOptions(3, 2).covariance(Covariance::kFull));
  bottleneck->to(torch::kBFloat16);
  const auto posterior = bottleneck->encode(torch::randn({4, 3}).to(torch::kBFloat16));
  EXPECT_EQ(posterior.mean().scalar_type(), torch::kFloat32);
  EXPECT_EQ(posterior.as<FullGaussian>()->cholesky.scalar_type(), torch::kFloat32);
}

TEST(GaussianBottleneck, RefusesFeaturesOfAnotherWidthAndNamesBoth) {
  GaussianBottleneck bottleneck(GaussianBottleneckOptions(3, 2));
  try {
    bottleneck->encode(torch::randn({4, 5}));
    FAIL();
  } catch (const c10::Error& e) {
    EXPECT_NE(std::string(e.what()).find("[..., 3], got [4, 5]"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace vib
