#include "vib/distribution/full_gaussian.h"

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "vib/core/device.h"
#include "vib/distribution/cholesky.h"
#include "vib/distribution/log_variance.h"
#include "vib/distribution/posterior.h"

namespace vib {
namespace {

torch::Tensor numbers(const std::vector<double>& values) { return torch::tensor(values, torch::kFloat64); }

/// Two Gaussians in three dimensions, far from diagonal.
FullGaussian two_gaussians() {
  return {numbers({0.7, -1.5, 0.1, 0.0, 0.3, -0.2}).view({2, 3}), numbers({0.5, 0, 0, -0.8, 1.2, 0, 0.3, 0.4, 0.02,  //
                                                                           1.1, 0, 0, 0.25, 0.9, 0, -1.5, 0.6, 2.0})
                                                                      .view({2, 3, 3})};
}

DiagonalGaussian learned_prior() { return {numbers({0.5, -1.0, 0.25}), numbers({0.3, -0.6, 1.2})}; }

void expect_close(const torch::Tensor& found, const torch::Tensor& expected, double relative = 1e-13) {
  ASSERT_EQ(found.sizes(), expected.sizes());
  EXPECT_TRUE(torch::allclose(found, expected, relative, 1e-15)) << found << expected;
}

// The numbers of these tests are those of torch.distributions in float64: MultivariateNormal(mean, scale_tril=L).

TEST(FullGaussian, DivergencesAreThoseOfTorchDistributions) {
  expect_close(kl_to_standard_normal(two_gaussians()), numbers({5.5880486291941365, 2.228153155293556}));
  expect_close(kl(two_gaussians(), learned_prior()), numbers({5.644133623863349, 2.1682329537174887}));
  expect_close(*kl(Posterior(two_gaussians()), learned_prior()), kl(two_gaussians(), learned_prior()), 0);
}

TEST(FullGaussian, DensityAndEntropyAreThoseOfTorchDistributions) {
  const auto z = numbers({0.5, -1.0, 0.2, 2.0, -0.3, 1.0}).view({2, 3});
  expect_close(two_gaussians().log_prob(z), numbers({-30.42521697041986, -8.459228840606555}));
  expect_close(two_gaussians().entropy(), numbers({-0.16603302958011845, 4.939912444320463}));
}

TEST(FullGaussian, SpreadAndCorrelationAreThoseOfTheCovariance) {
  expect_close(
      two_gaussians().stddev(),
      numbers({0.5, 1.4422205101855958, 0.5003998401278722, 1.1, 0.9340770846134703, 2.570992026436488}).view({2, 3}));
  const auto covariance = two_gaussians().covariance();
  expect_close(covariance[0], numbers({0.25, -0.4, 0.15, -0.4, 2.08, 0.24, 0.15, 0.24, 0.2504}).view({3, 3}));
  const auto rho = Posterior(two_gaussians()).correlation();
  EXPECT_NEAR(rho[0][1][0].item<double>(), -0.4 / (0.5 * 1.4422205101855958), 1e-12);
  EXPECT_NEAR(rho[1][2][2].item<double>(), 1, 1e-15);
}

/// log N(z; μ, Σ) of two dimensions from the covariance itself: its determinant and inverse by hand.
torch::Tensor log_density_of_plane(const torch::Tensor& x, const torch::Tensor& y, double mx, double my, double xx,
                                   double xy, double yy) {
  const double determinant = xx * yy - xy * xy;
  const auto dx = x - mx, dy = y - my;
  const auto square = (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / determinant;
  return -0.5 * square - std::log(2 * std::numbers::pi * std::sqrt(determinant));
}

TEST(FullGaussian, DivergenceInThePlaneIsItsIntegral) {
  const FullGaussian q{numbers({0.3, -0.4}), numbers({0.6, 0, -0.7, 0.5}).view({2, 2})};
  const DiagonalGaussian r{numbers({0.5, -1.0}), numbers({0.3, -0.6})};
  constexpr double kStep = 0.02;
  const auto axis = torch::arange(-8.0, 8.0, kStep, torch::kFloat64);
  const auto x = axis.unsqueeze(1), y = axis.unsqueeze(0);
  const auto log_q = log_density_of_plane(x, y, 0.3, -0.4, 0.36, -0.42, 0.74);
  const auto log_r = log_density_of_plane(x, y, 0.5, -1.0, std::exp(0.3), 0, std::exp(-0.6));
  // The trapezium rule is exact to rounding for functions that vanish with all derivatives at both ends.
  EXPECT_NEAR(kl(q, r).item<double>(), (log_q.exp() * (log_q - log_r)).sum().item<double>() * kStep * kStep, 1e-10);
}

// By mpmath in 50 digits from these doubles. torch.distributions keeps four digits of the second.
TEST(FullGaussian, DivergenceFromTheStandardNormalIsExactNearIt) {
  for (const auto& [d, expected] : {std::pair(1e-4, 6.0002333758384331e-8), std::pair(1e-6, 6.0000023329590059e-12)}) {
    const FullGaussian q{numbers({d, 0}), numbers({1 + d, 0, -d, 1 - 2 * d}).view({2, 2})};
    EXPECT_NEAR(kl_to_standard_normal(q).item<double>(), expected, 1e-9 * expected);
  }
}

TEST(FullGaussian, WithADiagonalFactorIsTheDiagonalOne) {
  const DiagonalGaussian diagonal{torch::randn({7, 5}, torch::kFloat64), 3 * torch::randn({7, 5}, torch::kFloat64)};
  const FullGaussian full{diagonal.mean, at::diag_embed(diagonal.stddev())};
  const DiagonalGaussian r{torch::randn({5}, torch::kFloat64), torch::randn({5}, torch::kFloat64)};
  const auto noise = torch::randn({4, 7, 5}, torch::kFloat64),
             z = diagonal.mean + torch::randn({7, 5}, torch::kFloat64);
  expect_close(kl_to_standard_normal(full), kl_to_standard_normal(diagonal));
  expect_close(kl(full, r), kl(diagonal, r));
  expect_close(full.log_prob(z), diagonal.log_prob(z));
  expect_close(full.entropy(), diagonal.entropy());
  expect_close(full.stddev(), diagonal.stddev());
  expect_close(full.covariance(), diagonal.covariance());
  expect_close(full.sample_with(noise), diagonal.sample_with(noise));
}

TEST(FullGaussian, EntropyIsMinusTheMeanLogDensityOfItsDraws) {
  const Posterior q = two_gaussians();
  const auto log_density = q.log_prob(q.sample(100000, make_generator(torch::kCPU, 3)));
  ASSERT_EQ(log_density.sizes(), (std::vector<std::int64_t>{100000, 2}));
  // log q(z) = constant - χ²_3 / 2, of variance 3/2.
  EXPECT_TRUE(torch::allclose(-log_density.mean(0), two_gaussians().entropy(), 0, 5 * std::sqrt(1.5 / 100000)));
}

TEST(FullGaussian, DrawsHaveTheMeanAndTheCovarianceItSays) {
  const Posterior q = two_gaussians();
  constexpr int kDraws = 200000;
  const auto z = q.sample(kDraws, make_generator(torch::kCPU, 7));
  ASSERT_EQ(z.sizes(), (std::vector<std::int64_t>{kDraws, 2, 3}));
  const auto centred = (z - q.mean()).movedim(0, -1);
  const auto covariance = at::matmul(centred, centred.mT()) / kDraws;
  const auto spread = q.stddev().unsqueeze(-1) * q.stddev().unsqueeze(-2);
  EXPECT_TRUE(((z.mean(0) - q.mean()).abs() < 5 * q.stddev() / std::sqrt(kDraws)).all().item<bool>());
  // The variance of an estimated covariance is (Σ_ii Σ_jj + Σ_ij²) / N, at most 2 Σ_ii Σ_jj / N.
  EXPECT_TRUE(((covariance - q.covariance()).abs() < 5 * spread * std::sqrt(2.0 / kDraws)).all().item<bool>());
}

TEST(FullGaussian, ADrawIsTheSameAloneAndAmongOthers) {
  const auto q = two_gaussians();
  const auto noise = torch::randn({4, 5, 2, 3}, torch::kFloat64);
  const auto all = q.sample_with(noise);
  expect_close(all[2][1], q.sample_with(noise[2][1]));
  expect_close(q.log_prob(all)[3][4], q.log_prob(all[3][4]));
  // Every z under every Gaussian: [N, 1, K] against [B, K].
  const auto z = torch::randn({6, 3}, torch::kFloat64);
  const auto pairs = q.log_prob(z.unsqueeze(1));
  ASSERT_EQ(pairs.sizes(), (std::vector<std::int64_t>{6, 2}));
  expect_close(pairs[5], q.log_prob(z[5].expand({2, 3})));
}

// --- The factor from free numbers

TEST(CholeskyFactor, HasItsNumbersRowByRow) {
  const auto log_variance = 2 * numbers({0.5, 2.0, 3.0, 4.0}).log();
  const auto factor = cholesky_factor(log_variance, 2 * numbers({10, 20, 21, 30, 31, 32}));  // √K = 2
  expect_close(factor,
               numbers({0.5, 0, 0, 0, 2 * 10, 2, 0, 0, 3 * 20, 3 * 21, 3, 0, 4 * 30, 4 * 31, 4 * 32, 4}).view({4, 4}));
  expect_close(cholesky_factor(log_variance.slice(0, 0, 1), numbers({})), numbers({0.5}).view({1, 1}));
}

TEST(CholeskyFactor, HoldsWhatWouldOverflowAndPullsItBack) {
  const auto a = torch::tensor({{1e30F, -3e4F, 0.5F}}, torch::requires_grad());
  const auto factor = cholesky_factor(torch::full({1, 3}, 40.0F), a);
  const auto ratio = factor[0] * std::exp(-20.0);
  EXPECT_NEAR(ratio[1][0].item<double>(), 1000, 1e-2);
  EXPECT_NEAR(ratio[2][0].item<double>(), -1000, 1e-2);
  EXPECT_NEAR(ratio[2][1].item<double>(), 0.5 / std::sqrt(3), 1e-6);
  const auto rate = kl_to_standard_normal(FullGaussian{torch::zeros({1, 3}), factor}).sum();
  rate.backward();
  EXPECT_TRUE(rate.isfinite().item<bool>());
  EXPECT_GT(a.grad()[0][0].item<float>(), 0);  // descent lowers it
  EXPECT_LT(a.grad()[0][1].item<float>(), 0);
  EXPECT_TRUE(a.grad().isfinite().all().item<bool>());
}

TEST(CholeskyFactor, ABrokenEncoderIsReportedNotHidden) {
  const auto infinity = std::numeric_limits<float>::infinity();
  for (const float broken : {infinity, -infinity, std::nanf("")}) {
    const FullGaussian q{torch::zeros({1, 3}),
                         cholesky_factor(torch::zeros({1, 3}), torch::tensor({{0.1F, broken, 0.2F}}))};
    EXPECT_TRUE(kl_to_standard_normal(q).isnan().item<bool>()) << broken;
    EXPECT_TRUE(q.sample_with(torch::ones({1, 3}))[0][2].isnan().item<bool>()) << broken;
    EXPECT_TRUE(
        kl_to_standard_normal(
            FullGaussian{torch::zeros({1, 2}),
                         cholesky_factor(bounded_log_variance(torch::tensor({{0.0F, broken}})), torch::zeros({1, 1}))})
            .isnan()
            .item<bool>())
        << broken;
  }
}

TEST(CholeskyFactor, RefusesNumbersOfAnotherK) {
  EXPECT_THROW(cholesky_factor(torch::zeros({2, 3}), torch::zeros({2, 6})), c10::Error);
}

// --- Gradients: central differences in float64

using OfNumbers = std::function<torch::Tensor(const FullGaussian&)>;

class FullGaussianGradient : public testing::TestWithParam<std::pair<const char*, OfNumbers>> {};

TEST_P(FullGaussianGradient, IsThatOfFiniteDifferences) {
  constexpr std::int64_t kLatent = 4, kBelow = 6;
  torch::manual_seed(5);
  const auto start = torch::randn({3, 2 * kLatent + kBelow}, torch::kFloat64);
  const auto value = [&](const torch::Tensor& x) {
    const auto parts = x.split_with_sizes({kLatent, kLatent, kBelow}, 1);
    return GetParam().second(FullGaussian{parts[0], cholesky_factor(parts[1], parts[2])}).sum();
  };
  auto x = start.clone().requires_grad_();
  value(x).backward();
  constexpr double kStep = 1e-5;
  for (std::int64_t i = 0; i < start.numel(); ++i) {
    auto up = start.clone(), down = start.clone();
    up.view(-1)[i] += kStep;
    down.view(-1)[i] -= kStep;
    const auto slope = (value(up) - value(down)).item<double>() / (2 * kStep);
    EXPECT_NEAR(x.grad().view(-1)[i].item<double>(), slope, 1e-7 * std::max(1.0, std::abs(slope))) << i;
  }
}

torch::Tensor fixed_normals() {
  return torch::randn({2, 3, 4}, make_generator(torch::kCPU, 1), torch::dtype(torch::kFloat64));
}

INSTANTIATE_TEST_SUITE_P(
    Of, FullGaussianGradient,
    testing::Values(
        std::pair<const char*, OfNumbers>("rate", [](const auto& q) { return kl_to_standard_normal(q); }),
        std::pair<const char*, OfNumbers>(
            "rate_of_a_learned_prior",
            [](const auto& q) {
              return kl(q, DiagonalGaussian{numbers({0.5, -1.0, 0.25, 0.1}), numbers({0.3, -0.6, 1.2, 0.0})});
            }),
        std::pair<const char*, OfNumbers>("draws",
                                          [](const auto& q) { return q.sample_with(fixed_normals()).pow(3).sum(-1); }),
        std::pair<const char*, OfNumbers>("density", [](const auto& q) { return q.log_prob(fixed_normals()); })),
    [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace vib
