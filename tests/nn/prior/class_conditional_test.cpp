#include "vib/nn/prior/class_conditional.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/nn/prior/oracles.h"
#include "vib/core/device.h"
#include "vib/nn/encoder/mlp.h"
#include "vib/nn/prior/prior.h"
#include "vib/objective/objective.h"

namespace vib {
namespace {

ClassConditionalPrior of_three_classes() {
  ClassConditionalPrior prior(2, 3);
  prior->to(oracle::kExact);
  prior->set_frequencies(torch::tensor({1, 2, 5}));
  torch::NoGradGuard no_grad;
  prior->mean.copy_(torch::tensor({{0.5, -1.0}, {2.0, 0.0}, {-1.5, 1.25}}, oracle::kExact));
  prior->log_variance.copy_(torch::tensor({{0.3, -0.6}, {-1.2, 0.7}, {0.0, -2.0}}, oracle::kExact));
  return prior;
}

/// b(z|y) and r(z), written out.
oracle::Planes planes_of_classes() {
  const auto s = [](double log_variance) { return std::exp(log_variance / 2); };
  return {{0.125, 0.25, 0.625},
          {{0.5, -1.0, s(0.3), s(-0.6)}, {2.0, 0.0, s(-1.2), s(0.7)}, {-1.5, 1.25, s(0), s(-2.0)}}};
}

// torch.distributions.kl_divergence of Independent(Normal(m, s), 1) in float64.
TEST(ClassConditionalPrior, ResidualIsThatOfTorchDistributions) {
  const Posterior q = DiagonalGaussian{torch::tensor({{0.7, -1.5}, {0.2, 0.3}}, oracle::kExact),
                                       torch::tensor({{-2.0, 0.5}, {0.0, -1.0}}, oracle::kExact)};
  const auto expected = torch::tensor({35.26878299605157, 1.628596339619336}, oracle::kExact);
  const auto residual = of_three_classes()->residual(q, {}, torch::tensor({2, 0}));
  EXPECT_TRUE(torch::allclose(residual, expected, 1e-12, 0)) << residual;
}

// kl_divergence of MultivariateNormal(m, scale_tril=L) and MultivariateNormal(m_2, scale_tril=diag(s_2)).
TEST(ClassConditionalPrior, ResidualOfAFullCovarianceIsThatOfTorchDistributions) {
  const Posterior q = FullGaussian{torch::tensor({{0.7, -1.5}}, oracle::kExact),
                                   torch::tensor({0.6, 0.0, -0.8, 1.1}, oracle::kExact).view({1, 2, 2})};
  const auto residual = of_three_classes()->residual(q, {}, torch::tensor({2}));
  EXPECT_NEAR(residual.item<double>(), 35.79026070955405, 1e-12);
}

// torch.distributions.MixtureSameFamily(Categorical([1, 2, 5] / 8), Independent(Normal(m, s), 1)) in float64.
TEST(ClassConditionalPrior, DensityIsTheMarginalOfTorchDistributionsWhateverTheLabels) {
  const auto z = torch::tensor({{0.2, -0.4}, {3.0, 1.0}, {-1.5, 1.2}, {8.0, -9.0}}, oracle::kExact);
  const auto expected =
      torch::tensor({-4.114499679506653, -4.873553272643401, -1.3168785974916273, -82.18566900188232}, oracle::kExact);
  const auto prior = of_three_classes();
  EXPECT_TRUE(torch::allclose(prior->log_prob(z, {}), expected, 1e-12, 0)) << prior->log_prob(z, {});
  EXPECT_TRUE(torch::equal(prior->log_prob(z, torch::tensor({0, 1, 2, 0})), prior->log_prob(z, {})));
}

TEST(ClassConditionalPrior, AClassThatTrainingNeverMetHasNoShareInTheMarginalAndBreaksNothing) {
  auto prior = of_three_classes();
  prior->set_frequencies(torch::tensor({0, 1, 0}));
  const auto z = torch::tensor({{3.0, 1.0}}, oracle::kExact);
  const auto density = prior->log_prob(z, {});
  EXPECT_NEAR(density.item<double>(), std::log(planes_of_classes().gaussians[1].density(3, 1)), 1e-12);
  for (const auto& gradient : torch::autograd::grad({density.sum()}, prior->parameters()))
    EXPECT_TRUE(gradient.isfinite().all().item<bool>());
}

TEST(ClassConditionalPrior, GradientsOfTheResidualAreTheFiniteDifferences) {
  const auto prior = of_three_classes();
  const auto generator = make_generator(torch::kCPU, 4);
  const auto mean = torch::randn({4, 2}, generator, torch::dtype(oracle::kExact)).requires_grad_();
  const auto log_variance = torch::randn({4, 2}, generator, torch::dtype(oracle::kExact)).requires_grad_();
  const auto y = torch::tensor({2, 0, 0, 2});
  const auto residual = [&] { return prior->residual(DiagonalGaussian{mean, log_variance}, {}, y).mean(); };
  for (const auto& variable : {mean, log_variance, prior->mean, prior->log_variance})
    oracle::expect_gradient(residual, variable);
}

// I(Z;X) - I(Z;X|Y) <= H(Y) where Y is a function of X, and so it is with the bounds: their difference is
// E[log b(z|y) / r(z)], which is at most E[-log p(y)], since r(z) >= p(y) b(z|y).
TEST(ClassConditionalPrior, RateExceedsTheResidualByNoMoreThanTheEntropyOfTheLabels) {
  const auto planes = planes_of_classes();
  const oracle::Plane codes[] = {{0.7, -1.5, 1, 0.5}, {2.2, 0, 0.6, 0.8}, {-1.5, 1.2, 0.4, 0.3}};  // of x = y = 0, 1, 2
  double expected = 0, entropy = 0;
  auto mean = torch::empty({3, 2}, oracle::kExact), log_variance = torch::empty({3, 2}, oracle::kExact);
  for (int y = 0; y < 3; ++y) {
    const auto& q = codes[y];
    mean[y] = torch::tensor({q.m0, q.m1}, oracle::kExact);
    log_variance[y] = 2 * torch::tensor({q.s0, q.s1}, oracle::kExact).log();
    entropy -= planes.weights[y] * std::log(planes.weights[y]);
    expected += planes.weights[y] * oracle::integral([&](double a, double b) {
                  return q.density(a, b) * std::log(planes.gaussians[y].density(a, b) / planes.density(a, b));
                });
  }
  constexpr std::int64_t kDraws = 200000;
  const Posterior q = DiagonalGaussian{mean, log_variance};
  const auto z = q.sample(kDraws, make_generator(torch::kCPU, 2)), y = torch::arange(3);
  const Prior prior(of_three_classes());
  ASSERT_TRUE(prior.conditional());
  const auto weights = torch::tensor(planes.weights, oracle::kExact);
  const auto difference = (weights * (prior.kl(q, z, y) - *prior.residual(q, z, y))).sum().item<double>();
  const auto error = (q.log_prob(z) - prior.log_prob(z, y)).std(0) / std::sqrt(1.0 * kDraws);
  EXPECT_NEAR(difference, expected, 4 * (weights * error).norm().item<double>());
  EXPECT_LE(difference, entropy);
  EXPECT_GT(difference, entropy / 2);
}

TEST(ClassConditionalPrior, OfAPointMassOrWithoutLabelsIsNoResidual) {
  const Prior prior(of_three_classes());
  EXPECT_TRUE(torch::equal(*prior.residual(PointMass{torch::randn({3, 2})}, {}, torch::arange(3)), torch::zeros({3})));
  const Posterior q = DiagonalGaussian{torch::zeros({1, 2}), torch::zeros({1, 2})};
  EXPECT_FALSE(prior.residual(q, {}, {}));
}

TEST(ClassConditionalPrior, RefusesTargetsThatAreNoClassIndicesAndFrequenciesThatAreNone) {
  auto prior = of_three_classes();
  const Posterior q = DiagonalGaussian{torch::zeros({1, 2}), torch::zeros({1, 2})};
  EXPECT_THROW(prior->residual(q, {}, torch::zeros({1})), c10::Error);
  EXPECT_THROW(prior->residual(q, {}, torch::zeros({1, 3}, torch::kInt64)), c10::Error);
  EXPECT_THROW(prior->set_frequencies(torch::tensor({1, 1})), c10::Error);
  EXPECT_THROW(prior->set_frequencies(torch::tensor({1, -1, 1})), c10::Error);
  EXPECT_THROW(prior->set_frequencies(torch::zeros({3})), c10::Error);
}

TEST(Objective, PricesTheResidualWhereThePriorIsConditionalAndTellsTheRateToo) {
  torch::manual_seed(3);
  VibModel model(Mlp(MlpOptions(4).hidden({8})), VibModelOptions(8, 2, 3).prior(ClassConditionalPrior(2, 3)));
  const auto& prior = *model->prior.module()->as<ClassConditionalPriorImpl>();
  {
    torch::NoGradGuard no_grad;
    prior.mean.copy_(3 * torch::randn({3, 2}));
  }
  const Objective objective;
  const Batch batch{torch::randn({5, 4}), torch::tensor({0, 1, 2, 1, 0}), torch::randn({6, 5, 2})};
  const auto terms = objective.terms(*model, batch);
  EXPECT_EQ(terms.keys(), objective.names(*model));
  EXPECT_EQ(terms.keys(), (std::vector<std::string>{"distortion", "rate", "mistakes", "residual"}));
  const auto q = model->encode(batch.x);
  const auto m = prior.mean.index_select(0, batch.y);  // of unit variance: KL to N(0, I) and the way to N(m, I)
  const auto expected = kl_to_standard_normal(*q.as<DiagonalGaussian>()) + (0.5 * m.square() - m * q.mean()).sum(-1);
  EXPECT_TRUE(torch::allclose(terms["residual"], expected, 1e-5, 1e-5));
  EXPECT_FALSE(torch::allclose(terms["rate"], expected, 0.1, 0.1));

  TensorMap stacked;
  for (const auto& item : terms) stacked.insert(item.key(), item.value().unsqueeze(0));
  const auto loss = objective.loss(stacked, torch::tensor({0.3}));
  EXPECT_NEAR(loss.item<double>(), (terms["distortion"] + 0.3 * expected).mean().item<double>(), 1e-5);
  const auto output = model->forward_with(batch.x, batch.noise);
  EXPECT_NEAR(vib_terms(*model, output, batch.y).loss(0.3).item<double>(), loss.item<double>(), 1e-6);
  EXPECT_THROW(Objective().add("residual", 1, nullptr), c10::Error);
}

}  // namespace
}  // namespace vib
