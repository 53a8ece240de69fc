#include "vib/distribution/mixture.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "vib/core/device.h"
#include "vib/train/precision.h"

namespace vib {
namespace {

const auto kExact = torch::TensorOptions(torch::kFloat64);

torch::Tensor log_square(const std::vector<double>& sigma) { return 2 * torch::tensor(sigma, kExact).log(); }

// Three components in two dimensions, with unequal weights.
struct Example {
  DiagonalGaussian components{torch::tensor({{0.0, 1.0}, {-2.0, 0.5}, {3.0, 3.0}}, kExact),
                              log_square({1, 0.5, 2, 0.1, 0.7, 1.5}).view({3, 2})};
  torch::Tensor log_weights = torch::tensor({0.2, 0.5, 0.3}, kExact).log();
};

TEST(Mixture, EachComponentsDensityIsThatOfItAlone) {
  const auto [components, log_weights] = Example();
  const auto z = torch::randn({4, 5, 2}, kExact);
  const auto each = log_prob_of_each(z, components);
  ASSERT_EQ(each.sizes(), (std::vector<std::int64_t>{4, 5, 3}));
  for (std::int64_t n = 0; n < 3; ++n) {
    const DiagonalGaussian alone{components.mean[n], components.log_variance[n]};
    EXPECT_TRUE(torch::allclose(each.select(-1, n), alone.log_prob(z), 1e-12, 1e-12)) << n;
  }
}

// Triangular solves, one component at a time, beside the products of all.
TEST(Mixture, EachComponentMayHaveAFullCovariance) {
  const auto factor = torch::randn({3, 4, 4}, kExact);
  const FullGaussian components{2 * torch::randn({3, 4}, kExact),
                                factor.tril(-1) + (0.3 + factor.diagonal(0, 1, 2).square()).diag_embed()};
  const auto z = 3 * torch::randn({2, 5, 4}, kExact);
  const auto each = log_prob_of_each(z, Posterior(components));
  ASSERT_EQ(each.sizes(), (std::vector<std::int64_t>{2, 5, 3}));
  for (std::int64_t n = 0; n < 3; ++n) {
    const FullGaussian alone{components.mean[n], components.cholesky[n]};
    EXPECT_TRUE(torch::allclose(each.select(-1, n), alone.log_prob(z), 1e-9, 1e-9)) << n;
  }
}

// torch.distributions.MixtureSameFamily(Categorical(w), Independent(Normal(m, s), 1)) in float64.
TEST(Mixture, LogDensityIsThatOfTorchDistributions) {
  const auto [components, log_weights] = Example();
  const auto z = torch::tensor({{0.0, 0.0}, {-2.0, 0.5}, {10.0, -10.0}}, kExact);
  const auto expected = torch::tensor({-4.7539900694735335, -0.9085382326932104, -90.64619559046028}, kExact);
  EXPECT_TRUE(torch::allclose(mixture_log_prob(z, log_weights, components), expected, 1e-12, 0))
      << mixture_log_prob(z, log_weights, components);
}

// Expanded squares of float32 numbers would be wrong by tenths of a nat here.
TEST(Mixture, SinglePrecisionLosesNothingWhereMeansAreFarAndSpreadsSmall) {
  auto generator = make_generator(torch::kCPU, 3);
  const DiagonalGaussian components{20 + 3 * torch::randn({8, 64}, generator),
                                    -4.6 + 0.2 * torch::randn({8, 64}, generator)};
  const auto z = components.mean + components.stddev() * torch::randn({8, 64}, generator);
  const auto direct = [&](std::int64_t n) {
    const DiagonalGaussian exact{components.mean[n].to(torch::kFloat64),
                                 components.log_variance[n].to(torch::kFloat64)};
    return exact.log_prob(z.to(torch::kFloat64));
  };
  const auto each = log_prob_of_each(z, components);
  ASSERT_EQ(each.scalar_type(), torch::kFloat32);
  for (std::int64_t n = 0; n < 8; ++n)
    EXPECT_TRUE(torch::allclose(each.select(-1, n).to(torch::kFloat64), direct(n), 1e-7, 1e-6)) << n;
}

TEST(Mixture, AutocastLeavesTheProductsAlone) {
  const auto [components, log_weights] = Example();
  const auto single = [](const torch::Tensor& x) { return x.to(torch::kFloat32); };
  const DiagonalGaussian gaussians{single(components.mean), single(components.log_variance)};
  const auto z = single(torch::randn({6, 2}, kExact));
  const auto plain = log_prob_of_each(z, gaussians);
  const AutocastGuard autocast(torch::kCPU, Precision::kBfloat16);
  EXPECT_TRUE(torch::equal(log_prob_of_each(z, gaussians), plain));
}

TEST(Mixture, GradientsAreFiniteDifferences) {
  auto [components, log_weights] = Example();
  const auto z = torch::tensor({{0.3, 0.4}, {-1.0, 0.6}}, kExact);
  std::vector<torch::Tensor> inputs = {z, log_weights, components.mean, components.log_variance};
  for (auto& input : inputs) input.requires_grad_(true);
  const auto value = [&] { return mixture_log_prob(inputs[0], inputs[1], {inputs[2], inputs[3]}).sum(); };
  value().backward();
  torch::NoGradGuard no_grad;
  for (auto& input : inputs) {
    auto flat = input.view(-1);
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      const auto at = flat[i].item<double>(), h = 1e-6;
      flat[i] = at + h;
      const auto above = value().item<double>();
      flat[i] = at - h;
      const auto below = value().item<double>();
      flat[i] = at;
      EXPECT_NEAR(input.grad().view(-1)[i].item<double>(), (above - below) / (2 * h), 1e-7);
    }
  }
}

}  // namespace
}  // namespace vib
