#include "vib/nn/prior/aggregate.h"

#include <gtest/gtest.h>

#include "tests/nn/prior/prior_checks.h"
#include "vib/core/units.h"
#include "vib/data/drawn_inputs.h"
#include "vib/nn/prior/standard_normal.h"

namespace vib {
namespace {

using test::kExact;

LogDensity density_of_batch(const Posterior& q) {
  return Prior(AggregatePrior(torch::zeros({1, 1}))).density({{}, q});  // modules begin in training mode
}

// log ½ Σ_{j != i} N(z_i; m_j, s_j²) by torch.distributions in float64.
TEST(AggregatePrior, InTrainingAnExampleIsLeftOutOfItsOwnMean) {
  const auto m = torch::tensor({{0.0}, {1.0}, {3.0}}, kExact), s = torch::tensor({{1.0}, {0.5}, {2.0}}, kExact);
  const auto z = torch::tensor({{0.5, 0.8, 2.0}, {-1.0, 1.0, 4.0}}, kExact).unsqueeze(-1);
  const auto expected = torch::tensor({{-1.2460699313905885, -1.6128997946450117, -2.513473425096508},
                                       {-4.295366716807568, -1.7066206056564537, -9.61199491802715}},
                                      kExact);
  EXPECT_TRUE(torch::allclose(density_of_batch(DiagonalGaussian{m, 2 * s.log()})(z), expected, 1e-12, 0));
}

TEST(AggregatePrior, RefusesABatchOfOneInTraining) {
  EXPECT_THROW(density_of_batch(DiagonalGaussian{torch::zeros({1, 2}), torch::zeros({1, 2})}), c10::Error);
}

Posterior some_codes() {
  return test::smooth_encoder(torch::tensor({{0.0, 0.0}, {1.0, -1.0}, {-1.5, 0.5}, {0.5, 1.5}, {-0.5, -1.0}}, kExact));
}

TEST(AggregatePrior, TheRateOfABatchIsThatOfAQuadrature) {
  const auto q = some_codes();
  const auto sampled = test::sampled_rate(q, density_of_batch(q));
  const test::Plane plane;
  const auto of_each = test::log_densities(q, plane.z);
  std::vector<torch::Tensor> of_others;
  for (std::int64_t i = 0; i < 5; ++i)
    of_others.push_back(test::log_mean(at::cat({of_each.slice(0, 0, i), of_each.slice(0, i + 1)})));
  const auto rate = plane.divergence(of_each, at::stack(of_others));
  EXPECT_TRUE((sampled.mean - rate).abs().lt(5 * sampled.error).all().item<bool>()) << sampled.mean << rate;
  // On average no less than I(Z;X), X one of the five.
  const auto information = plane.divergence(of_each, test::log_mean(of_each)).mean();
  EXPECT_GT(rate.mean().item<double>(), information.item<double>());
}

// Of all inputs it is q(z) itself: E[R] = I(Z;X) + KL( q(z) || r(z) ) with nothing added.
TEST(AggregatePrior, OfAllInputsTheRateIsTheInformationAndTighterThanAnyGaussian) {
  const auto q = some_codes();
  AggregatePrior prior(torch::arange(5).unsqueeze(1));
  prior->eval();
  const auto encode = [&](const torch::Tensor& x) {
    const auto* all = q.as<DiagonalGaussian>();
    const auto index = x.squeeze(1);
    return Posterior(DiagonalGaussian{all->mean.index_select(0, index), all->log_variance.index_select(0, index)});
  };
  const auto sampled = test::sampled_rate(q, Prior(prior).density({{}, q, encode}));
  const auto rate = sampled.mean.mean().item<double>();
  const auto error = sampled.error.square().sum().sqrt().item<double>() / 5;

  const test::Plane plane;
  const auto of_each = test::log_densities(q, plane.z);
  const auto information = plane.divergence(of_each, test::log_mean(of_each)).mean().item<double>();
  EXPECT_NEAR(rate, information, 5 * error);
  EXPECT_LT(rate, std::log(5.0));  // what log N does to one that is evaluated on its own examples

  // The nearest diagonal Gaussian to q(z) has its mean and variances.
  const auto& gaussians = *q.as<DiagonalGaussian>();
  const auto mean = gaussians.mean.mean(0);
  const auto variance = (gaussians.log_variance.exp() + (gaussians.mean - mean).square()).mean(0);
  const auto best = kl(gaussians, DiagonalGaussian{mean, variance.log()}).mean().item<double>();
  EXPECT_LT(rate + 5 * error, best);
  EXPECT_LT(best, kl_to_standard_normal(gaussians).mean().item<double>());
}

TEST(AggregatePrior, ManyExamplesAreEncodedInBlocksAndCountAlike) {
  const auto x = torch::randn({2300, 2}, make_generator(torch::kCPU, 1), kExact);
  AggregatePrior prior(x);
  prior->eval();
  const auto z = torch::randn({2, 3, 2}, make_generator(torch::kCPU, 2), kExact);
  const auto q = test::smooth_encoder(x);
  const auto expected = test::log_mean(test::log_densities(q, z.view({-1, 2}))).view({2, 3});
  EXPECT_TRUE(torch::allclose(Prior(prior).density({{}, {}, test::smooth_encoder})(z), expected, 1e-10, 1e-10));
}

TEST(AggregatePrior, GradientsReachThePosteriorsOfTheWholeBatchAndAreFiniteDifferences) {
  test::expect_gradients_of_the_rate(test::smooth_model(AggregatePrior(torch::zeros({1, 4}, kExact))));
}

VibModel aggregate_model(std::uint64_t seed) {
  torch::manual_seed(seed);
  return VibModel(Mlp(MlpOptions(4).hidden({8}).dropout(0.25)),
                  VibModelOptions(8, 4, 3).prior(AggregatePrior(drawn_inputs(test::clouds(96), 20, seed))));
}

TEST(AggregatePrior, EvaluationLooksAtTheFixedExamplesAlone) {
  auto model = aggregate_model(1);
  const auto data = test::clouds(20, 2);
  const auto noise = torch::randn({3, 20, 4});
  const auto in_batches = [&](std::int64_t size) {
    return evaluate(model, data, EvaluateOptions().samples(3).noise(noise).batch_size(size))["rate_bits"];
  };
  model->eval();
  torch::NoGradGuard no_grad;
  const auto q = model->encode(data.inputs), of_examples = model->encode(model->named_buffers()["prior.examples"]);
  const auto z = q.sample_with(noise).unsqueeze(2);
  const auto log_prior = of_examples.log_prob(z).exp().mean(-1).log();
  const auto expected = to_bits((q.log_prob(z.squeeze(2)) - log_prior).mean().item<double>());
  EXPECT_NEAR(in_batches(20), expected, 1e-4);
  EXPECT_NEAR(in_batches(1), expected, 1e-4);
}

TEST(AggregatePrior, ReplicasFollowTheirSingleRuns) { test::expect_replicas_to_follow_single_runs(aggregate_model); }

TEST(AggregatePrior, IsResumedBitForBit) { test::expect_resumption_bit_for_bit(aggregate_model); }

TEST(AggregatePrior, IsClonedWithTensorsOfItsOwn) {
  const AggregatePrior prior(torch::arange(6).view({3, 2}));
  const auto copy = std::dynamic_pointer_cast<AggregatePriorImpl>(prior->clone());
  EXPECT_TRUE(torch::equal(copy->examples, prior->examples));
  EXPECT_NE(copy->examples.data_ptr(), prior->examples.data_ptr());
  EXPECT_EQ(copy->buffers().size(), 1u);
  EXPECT_TRUE(copy->parameters().empty());
}

}  // namespace
}  // namespace vib
