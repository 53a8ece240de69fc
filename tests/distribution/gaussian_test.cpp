#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/objective/reference_values.h"
#include "vib/core/device.h"
#include "vib/distribution/posterior.h"

namespace vib {
namespace {

torch::Tensor number(double x) { return torch::tensor({x}, torch::kFloat64); }

TEST(DiagonalGaussian, LogDensityIsTheReferences) {
  for (const auto& r : reference::kGaussianLogDensity) {
    const DiagonalGaussian q{number(r.mean), number(r.log_variance)};
    EXPECT_NEAR(q.log_prob(number(r.value)).item<double>(), r.log_density, 1e-12 * std::abs(r.log_density));
  }
}

TEST(StandardNormal, LogDensityIsThatOfADiagonalGaussianWithMeanZeroAndVarianceOne) {
  const auto z = torch::randn({5, 3}, torch::kFloat64);
  const DiagonalGaussian standard{torch::zeros_like(z), torch::zeros_like(z)};
  EXPECT_TRUE(torch::allclose(standard_normal_log_prob(z), standard.log_prob(z), 1e-12, 1e-12));
}

TEST(DiagonalGaussian, DrawsHaveTheMeanAndTheSpreadItSays) {
  const Posterior q = DiagonalGaussian{torch::tensor({{1.0, -3.0}}), torch::tensor({{std::log(4.0), std::log(0.01)}})};
  const auto z = q.sample(200000, make_generator(torch::kCPU, 7));
  ASSERT_EQ(z.sizes(), (std::vector<std::int64_t>{200000, 1, 2}));
  // Five standard errors of a mean of 200,000 draws, and of a standard deviation.
  EXPECT_TRUE(torch::allclose(z.mean(0), q.mean(), 0, 5 * 2.0 / std::sqrt(200000.0)));
  EXPECT_TRUE(torch::allclose(z.std(0), q.stddev(), 5 / std::sqrt(2 * 200000.0), 0));
}

TEST(DiagonalGaussian, GradientsFlowThroughADraw) {
  const auto mean = torch::zeros({1, 3}, torch::requires_grad());
  const auto log_variance = torch::zeros({1, 3}, torch::requires_grad());
  const auto noise = torch::tensor({{1.0, -2.0, 0.5}});
  DiagonalGaussian{mean, log_variance}.sample_with(noise).sum().backward();
  EXPECT_TRUE(torch::equal(mean.grad(), torch::ones({1, 3})));
  EXPECT_TRUE(torch::allclose(log_variance.grad(), 0.5 * noise));  // dz/d(log σ²) = ½ σ ε
}

TEST(DiagonalGaussian, EveryDrawIsANewOne) {
  const Posterior q = DiagonalGaussian{torch::zeros({1, 4}), torch::zeros({1, 4})};
  auto generator = make_generator(torch::kCPU, 0);
  const auto first = q.sample(1, generator), second = q.sample(1, generator);
  EXPECT_FALSE(torch::equal(first, second));
}

// KL( N(1, 0.5²) || N(-0.5, 2²) ) + KL( N(0, 1) || N(0, 1) ), by torch.distributions.
TEST(DiagonalGaussian, DivergenceFromAnotherIsTheClosedForm) {
  const auto log_square = [](double a, double b) { return 2 * torch::tensor({{a, b}}, torch::kFloat64).log(); };
  const DiagonalGaussian q{torch::tensor({{1.0, 0.0}}, torch::kFloat64), log_square(0.5, 1)};
  const DiagonalGaussian r{torch::tensor({{-0.5, 0.0}}, torch::kFloat64), log_square(2, 1)};
  EXPECT_NEAR(kl(q, r).item<double>(), 1.1987943611198906, 1e-12);
  const DiagonalGaussian standard{torch::zeros({1, 2}, torch::kFloat64), torch::zeros({1, 2}, torch::kFloat64)};
  EXPECT_NEAR(kl(q, standard).item<double>(), kl_to_standard_normal(q).item<double>(), 1e-14);
}

TEST(Posterior, APointMassGivesItsMeanOnceAndHasNoDensity) {
  const Posterior point = PointMass{torch::randn({4, 2})};
  EXPECT_TRUE(torch::equal(point.sample(12), point.mean().unsqueeze(0)));
  EXPECT_THROW(point.log_prob(point.mean()), c10::Error);
  EXPECT_THROW(point.stddev(), c10::Error);
}

}  // namespace
}  // namespace vib
