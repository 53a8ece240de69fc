#include "vib/objective/rate.h"

#include <gtest/gtest.h>

#include "tests/objective/reference_values.h"
#include "vib/core/device.h"

namespace vib {
namespace {

TEST(Rate, AndItsGradientAreTheReferencesFromLogVarianceMinus80To80) {
  for (const auto& r : reference::kGaussianKl) {
    const auto mean = torch::tensor({r.mean}, torch::dtype(torch::kFloat64).requires_grad(true));
    const auto log_variance = torch::tensor({r.log_variance}, torch::dtype(torch::kFloat64).requires_grad(true));
    const auto kl = rate(DiagonalGaussian{mean, log_variance});
    kl.sum().backward();
    // Near σ = 1 the terms cancel: what is left is exact to the rounding of the terms themselves.
    EXPECT_NEAR(kl.item<double>(), r.kl, 1e-12 * r.kl + 1e-21 + 1e-16 * std::abs(r.log_variance));
    EXPECT_NEAR(mean.grad().item<double>(), r.d_mean, 1e-12 * std::abs(r.d_mean));
    EXPECT_NEAR(log_variance.grad().item<double>(), r.d_log_variance, 1e-12 * std::abs(r.d_log_variance) + 1e-16);
  }
}

TEST(Rate, IsFiniteAndRightInFloat32) {
  for (const auto& r : reference::kGaussianKl) {
    const auto kl = rate(
        DiagonalGaussian{torch::tensor({r.mean}, torch::kFloat32), torch::tensor({r.log_variance}, torch::kFloat32)});
    EXPECT_NEAR(kl.item<float>(), r.kl, 2e-6 * r.kl + 1e-7 * std::abs(r.log_variance) + 1e-13)
        << r.mean << " " << r.log_variance;
  }
}

TEST(Rate, IsTheMeanOfItsMonteCarloEstimate) {
  const Posterior q = DiagonalGaussian{torch::tensor({{0.7, -1.5, 0.1}}, torch::kFloat64),
                                       torch::tensor({{-2.0, 0.5, -0.1}}, torch::kFloat64)};
  const auto z = q.sample(200000, make_generator(torch::kCPU, 1));
  const auto estimates = q.log_prob(z) - standard_normal_log_prob(z);
  ASSERT_EQ(estimates.sizes(), (std::vector<std::int64_t>{200000, 1}));
  const double standard_error = estimates.std().item<double>() / std::sqrt(200000.0);
  EXPECT_NEAR(estimates.mean().item<double>(), rate(q).item<double>(), 5 * standard_error);
}

TEST(Rate, SumsOverTheLastDimensionAlone) {
  const auto mean = torch::randn({2, 5, 3}), log_variance = torch::randn({2, 5, 3});
  const auto all = rate(DiagonalGaussian{mean, log_variance});
  ASSERT_EQ(all.sizes(), (std::vector<std::int64_t>{2, 5}));
  EXPECT_TRUE(torch::allclose(all[1], rate(DiagonalGaussian{mean[1], log_variance[1]})));
}

TEST(Rate, OfAPointMassIsZeroInTheLoss) {
  EXPECT_TRUE(torch::equal(rate(PointMass{torch::randn({4, 2})}), torch::zeros({4})));
}

}  // namespace
}  // namespace vib
