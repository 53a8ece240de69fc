#include "vib/nn/prior/mixture.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/nn/prior/oracles.h"
#include "vib/core/device.h"
#include "vib/distribution/log_variance.h"
#include "vib/nn/prior/prior.h"

namespace vib {
namespace {

MixturePrior make_mixture(const torch::Tensor& logits, const torch::Tensor& mean, const torch::Tensor& log_variance) {
  MixturePrior prior(MixturePriorOptions(mean.size(1)).components(mean.size(0)));
  prior->to(oracle::kExact);
  torch::NoGradGuard no_grad;
  prior->logits.copy_(logits);
  prior->mean.copy_(mean);
  prior->log_variance.copy_(log_variance);
  return prior;
}

MixturePrior three_gaussians() {
  return make_mixture(torch::tensor({0.4, -0.3, 1.1}, oracle::kExact),
                      torch::tensor({{0.5, -1.0}, {2.0, 0.0}, {-1.5, 1.25}}, oracle::kExact),
                      torch::tensor({{0.3, -0.6}, {-1.2, 0.7}, {0.0, -2.0}}, oracle::kExact));
}

/// The same, written out.
oracle::Planes three_planes() {
  const double a = std::exp(0.4), b = std::exp(-0.3), c = std::exp(1.1), sum = a + b + c;
  const auto s = [](double log_variance) { return std::exp(log_variance / 2); };
  return {{a / sum, b / sum, c / sum},
          {{0.5, -1.0, s(0.3), s(-0.6)}, {2.0, 0.0, s(-1.2), s(0.7)}, {-1.5, 1.25, s(0), s(-2.0)}}};
}

// torch.distributions.MixtureSameFamily(Categorical(logits=...), Independent(Normal(m, s), 1)) in float64.
TEST(MixturePrior, LogDensityIsThatOfTorchDistributions) {
  const auto z = torch::tensor({{0.2, -0.4}, {3.0, 1.0}, {-1.5, 1.2}, {8.0, -9.0}}, oracle::kExact);
  const auto expected =
      torch::tensor({-3.301352671628936, -5.418934747323771, -1.4022338487733987, -81.8523482487937}, oracle::kExact);
  EXPECT_TRUE(torch::allclose(three_gaussians()->log_prob(z, {}), expected, 1e-12, 0));
}

TEST(MixturePrior, OfOneComponentHasTheDensityOfThatGaussian) {
  const auto mean = torch::tensor({{0.7, -1.5}}, oracle::kExact),
             log_variance = torch::tensor({{-2.0, 0.5}}, oracle::kExact);
  const auto z = torch::randn({3, 4, 2}, oracle::kExact);
  const auto s = (0.5 * log_variance).exp();
  const auto expected = (-0.5 * ((z - mean) / s).square() - s.log() - 0.5 * std::log(2 * std::numbers::pi)).sum(-1);
  const auto prior = make_mixture(torch::tensor({5.0}, oracle::kExact), mean, log_variance);
  EXPECT_TRUE(torch::allclose(prior->log_prob(z, {}), expected, 1e-12, 1e-12));
}

TEST(MixturePrior, ResponsibilitiesAreBayesRule) {
  const auto planes = three_planes();
  const auto shares = three_gaussians()->responsibilities(torch::tensor({{0.2, -0.4}}, oracle::kExact));
  ASSERT_EQ(shares.sizes(), (std::vector<std::int64_t>{1, 3}));
  for (int n = 0; n < 3; ++n)
    EXPECT_NEAR(shares[0][n].item<double>(),
                planes.weights[n] * planes.gaussians[n].density(0.2, -0.4) / planes.density(0.2, -0.4), 1e-12);
}

TEST(MixturePrior, RateIsThatOfAQuadratureWithinItsStandardError) {
  constexpr std::int64_t kDraws = 200000;
  const Posterior q =
      DiagonalGaussian{torch::tensor({{0.7, -1.5}}, oracle::kExact), torch::tensor({{-2.0, 0.5}}, oracle::kExact)};
  const Prior prior(three_gaussians());
  ASSERT_FALSE(prior.closed_form(q, {}));
  const auto z = q.sample(kDraws, make_generator(torch::kCPU, 1));
  const auto estimate = prior.kl(q, z, {}).item<double>();
  const auto error = (q.log_prob(z) - prior.log_prob(z, {})).std(0).item<double>() / std::sqrt(1.0 * kDraws);
  const double exact =
      oracle::kl_by_quadrature(oracle::Plane{0.7, -1.5, std::exp(-1.0), std::exp(0.25)}, three_planes());
  EXPECT_LT(error, 0.01);
  EXPECT_NEAR(estimate, exact, 4 * error);
}

// Of three inputs, one half, a third and a sixth as often, whose codes overlap.
TEST(MixturePrior, RateIsTheInformationAndTheMismatchOfTheMarginal) {
  const oracle::Planes code = {{1.0 / 2, 1.0 / 3, 1.0 / 6}, {{0, 0, 1, 0.5}, {1.5, 0, 0.6, 0.8}, {-1, 1, 0.4, 1.2}}};
  double information = 0;
  auto mean = torch::empty({3, 2}, oracle::kExact), log_variance = torch::empty({3, 2}, oracle::kExact);
  for (int i = 0; i < 3; ++i) {
    const auto& q = code.gaussians[i];
    information += code.weights[i] * oracle::kl_by_quadrature(q, code);
    mean[i] = torch::tensor({q.m0, q.m1}, oracle::kExact);
    log_variance[i] = 2 * torch::tensor({q.s0, q.s1}, oracle::kExact).log();
  }
  const double mismatch = oracle::kl_by_quadrature(code, three_planes());

  constexpr std::int64_t kDraws = 200000;
  const Posterior q = DiagonalGaussian{mean, log_variance};
  const auto z = q.sample(kDraws, make_generator(torch::kCPU, 2));
  const Prior prior(three_gaussians());
  const auto weights = torch::tensor(code.weights, oracle::kExact);
  const auto error = (q.log_prob(z) - prior.log_prob(z, {})).std(0) / std::sqrt(1.0 * kDraws);
  EXPECT_GT(information, 0.5);
  EXPECT_GT(mismatch, 0.1);
  EXPECT_NEAR((weights * prior.kl(q, z, {})).sum().item<double>(), information + mismatch,
              4 * (weights * error).norm().item<double>());
}

TEST(MixturePrior, GradientsAreTheFiniteDifferences) {
  const auto prior = three_gaussians();
  const auto generator = make_generator(torch::kCPU, 4);
  const auto noise = torch::randn({3, 4, 2}, generator, torch::dtype(oracle::kExact));
  const auto mean = torch::randn({4, 2}, generator, torch::dtype(oracle::kExact)).requires_grad_();
  const auto log_variance = torch::randn({4, 2}, generator, torch::dtype(oracle::kExact)).requires_grad_();
  const auto rate = [&] {
    const Posterior q = DiagonalGaussian{mean, log_variance};
    return Prior(prior).kl(q, q.sample_with(noise), {}).mean();
  };
  for (const auto& variable : {mean, log_variance, prior->logits, prior->mean, prior->log_variance})
    oracle::expect_gradient(rate, variable);
}

TEST(MixturePrior, StartsApartByItsSeedAloneAndNearTheStandardNormal) {
  const auto with_seed = [](std::uint64_t seed) { return MixturePrior(MixturePriorOptions(64).seed(seed)); };
  torch::manual_seed(1);
  const auto next = torch::randn({1});
  torch::manual_seed(1);
  const auto a = with_seed(5), b = with_seed(6);
  EXPECT_TRUE(torch::equal(torch::randn({1}), next)) << "the default generator was asked";
  EXPECT_TRUE(torch::equal(a->mean, with_seed(5)->mean));
  EXPECT_FALSE(torch::equal(a->mean, b->mean));
  const auto distances = torch::pdist(a->mean);  // of two of N(0, I/K): about sqrt(2)
  EXPECT_GT(distances.min().item<double>(), 0.5);
  // The log of a mean is above the mean of the logs: for q = N(0, I) the rate is below ½ |m|² of the mean component.
  const Posterior q = DiagonalGaussian{torch::zeros({1, 64}), torch::zeros({1, 64})};
  const auto rate = Prior(a).kl(q, q.sample(4000, make_generator(torch::kCPU, 1)), {});
  EXPECT_LT(rate.item<double>(), 0.5 * a->mean.square().sum(1).mean().item<double>() + 0.05);
}

TEST(MixturePrior, IsHeldWhereItsDensityIsANumber) {
  const auto prior = three_gaussians();
  {
    torch::NoGradGuard no_grad;
    prior->log_variance[0].fill_(-1000);
    prior->log_variance[1].fill_(1000);
  }
  const auto density = prior->log_prob(torch::zeros({2, 2}, oracle::kExact), {});
  EXPECT_TRUE(density.isfinite().all().item<bool>());
  for (const auto& gradient : torch::autograd::grad({density.sum()}, prior->parameters()))
    EXPECT_TRUE(gradient.isfinite().all().item<bool>());
}

TEST(MixturePrior, NeedsAComponentAndADimension) {
  EXPECT_THROW(MixturePrior(MixturePriorOptions(0)), c10::Error);
  EXPECT_THROW(MixturePrior(MixturePriorOptions(2).components(0)), c10::Error);
}

}  // namespace
}  // namespace vib
