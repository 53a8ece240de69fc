#include "vib/information/gaussian_curve.h"

#include <cmath>
#include <limits>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/linalg_slogdet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "vib/core/error.h"

namespace vib {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

torch::Tensor random_covariance(std::int64_t dims, std::uint64_t seed) {
  const auto factor = torch::randn({dims, 2 * dims}, at::detail::createCPUGenerator(seed), torch::kFloat64);
  return factor.matmul(factor.t());
}

torch::Tensor of_correlation(double rho) { return torch::tensor({1.0, rho, rho, 1.0}, torch::kFloat64).view({2, 2}); }

double log_det(const torch::Tensor& matrix) { return std::get<1>(at::linalg_slogdet(matrix)).item<double>(); }

/// I(A;B) in bits of the Gaussian of this covariance, A the first `dims`.
double gaussian_information(const torch::Tensor& covariance, std::int64_t dims) {
  const auto a = torch::indexing::Slice(0, dims), b = torch::indexing::Slice(dims);
  return (log_det(covariance.index({a, a})) + log_det(covariance.index({b, b})) - log_det(covariance)) /
         (2 * std::log(2.0));
}

// One dimension: T = X + noise of variance v is every Gaussian code there is.
TEST(GaussianCurveTest, IsTheLeastOverTheNoiseOfACode) {
  for (const double rho : {0.3, 0.8, 0.99}) {
    const GaussianCurve curve(of_correlation(rho), 1);
    EXPECT_NEAR(curve.critical_betas().front(), 1 / (rho * rho), 1e-9);
    EXPECT_NEAR(curve.ixy_bits(), -0.5 * std::log2(1 - rho * rho), 1e-12);
    for (const double beta : {0.0, 1.0, 2.0, 5.0, 50.0}) {
      double least = 0;
      for (double log_v = -20; log_v < 20; log_v += 1e-3) {
        const double v = std::exp(log_v);
        const double itx = 0.5 * std::log2(1 + 1 / v), ity = -0.5 * std::log2(1 - rho * rho / (1 + v));
        least = std::min(least, itx - beta * ity);
      }
      EXPECT_NEAR(curve.at(beta).lagrangian_bits, least, 1e-6) << rho << " at " << beta;
    }
  }
}

// No linear code A X + noise is better, those near the optimum neither, and together with them it is reached.
TEST(GaussianCurveTest, IsBelowEveryLinearCode) {
  constexpr std::int64_t kX = 3, kY = 2;
  const auto covariance = random_covariance(kX + kY, 1);
  const GaussianCurve curve(covariance, kX);
  const auto x = torch::indexing::Slice(0, kX), y = torch::indexing::Slice(kX);
  const auto xx = covariance.index({x, x}), xy = covariance.index({x, y}), yy = covariance.index({y, y});
  const double beta = 3 * curve.critical_betas().front();
  const auto lagrangian = [&](const torch::Tensor& code) {
    const auto tt = code.matmul(xx).matmul(code.t()) + torch::eye(kX, torch::kFloat64);
    const auto ty = code.matmul(xy);
    const double itx = log_det(tt) / (2 * std::log(2.0));
    return itx - beta * gaussian_information(torch::cat({torch::cat({tt, ty}, 1), torch::cat({ty.t(), yy}, 1)}), kX);
  };
  const double least = curve.at(beta).lagrangian_bits;
  const auto generator = at::detail::createCPUGenerator(5);
  auto best = torch::zeros({kX, kX}, torch::kFloat64);
  double found = 0;
  double width = 1;
  for (int i = 0; i < 3000; ++i) {
    const auto code = best + width * torch::randn({kX, kX}, generator, torch::kFloat64);
    const double value = lagrangian(code);
    EXPECT_GE(value, least - 1e-9);
    width = std::max(1e-4, value < found ? 1.5 * width : 0.97 * width);
    if (value < found) {
      found = value;
      best = code;
    }
  }
  EXPECT_NEAR(found, least, 1e-3);
  EXPECT_NEAR(curve.ixy_bits(), gaussian_information(covariance, kX), 1e-9);
}

TEST(GaussianCurveTest, DoesNotKnowUnits) {
  const auto covariance = random_covariance(5, 2);
  const auto scale = torch::tensor({1e-6, 1.0, 1e5, 3.0, 0.1}, torch::kFloat64);
  const GaussianCurve curve(covariance, 2), scaled(covariance * scale.unsqueeze(1) * scale.unsqueeze(0), 2);
  for (const double beta : {1.0, 2.0, 30.0})
    EXPECT_NEAR(scaled.at(beta).lagrangian_bits, curve.at(beta).lagrangian_bits, 1e-9);
  EXPECT_EQ(curve.eigenvalues().size(), 2u);
  EXPECT_LT(curve.critical_betas()[0], curve.critical_betas()[1]);
}

TEST(GaussianCurveTest, IsZeroBelowItsCriticalBeta) {
  const GaussianCurve curve(of_correlation(0.5), 1);
  EXPECT_EQ(curve.at(4).itx_bits, 0);
  EXPECT_EQ(curve.at(3.9).lagrangian_bits, 0);
  EXPECT_GT(curve.at(4.1).itx_bits, 0);
  EXPECT_EQ(GaussianCurve(of_correlation(0), 1).critical_betas().front(), std::numeric_limits<double>::infinity());
}

TEST(GaussianCurveTest, RefusesWhatIsNoCovariance) {
  const auto refused = [](const torch::Tensor& covariance, const char* words) {
    EXPECT_THAT([&] { GaussianCurve(covariance, 1); }, ThrowsMessage<DataError>(HasSubstr(words)));
  };
  refused(of_correlation(1), "not positive definite");
  refused(of_correlation(1.5), "not positive definite");
  refused(of_correlation(std::nan("")), "NaN");
  refused(torch::tensor({1.0, 0.5, 0.2, 1.0}).view({2, 2}), "not symmetric");
  refused(torch::tensor({0.0, 0.0, 0.0, 1.0}).view({2, 2}), "the variance in row 1 is 0");
  refused(torch::ones({2, 3}), "(2, 3)");
  refused(torch::ones({4}), "(4)");
  refused(torch::ones({1, 1}), "2 x 2 or larger");
  for (const int dims : {-1, 0, 2, 7})
    EXPECT_THAT([&] { GaussianCurve(of_correlation(0.5), dims); },
                ThrowsMessage<ConfigError>(HasSubstr("from 1 to 1")));
  EXPECT_NO_THROW(GaussianCurve(of_correlation(0.5).to(torch::kFloat32), 1));
}

}  // namespace
}  // namespace vib
