#include "vib/nn/prior/prior.h"

#include <gtest/gtest.h>

#include "tests/train/toy_problem.h"
#include "vib/core/device.h"
#include "vib/core/units.h"
#include "vib/nn/prior/gaussian.h"
#include "vib/nn/prior/standard_normal.h"
#include "vib/train/trainer.h"

namespace vib {
namespace {

Posterior some_posterior() {
  return DiagonalGaussian{torch::tensor({{0.7, -1.5}, {0.2, 0.3}}, torch::kFloat64),
                          torch::tensor({{-2.0, 0.5}, {0.0, -1.0}}, torch::kFloat64)};
}

Posterior some_full_posterior() {
  return FullGaussian{torch::tensor({{0.7, -1.5}, {0.2, 0.3}}, torch::kFloat64),
                      torch::tensor({{{0.5, 0.0}, {-1.0, 0.8}}, {{1.5, 0.0}, {0.7, 0.1}}}, torch::kFloat64)};
}

GaussianPrior some_gaussian() {
  GaussianPrior prior(2);
  prior->to(torch::kFloat64);
  torch::NoGradGuard no_grad;
  prior->mean.copy_(torch::tensor({0.5, -1.0}));
  prior->log_variance.copy_(torch::tensor({0.3, -0.6}));
  return prior;
}

/// The same density, and nothing said of a closed form.
struct DensityAloneImpl : torch::nn::Cloneable<DensityAloneImpl> {
  void reset() override {}
  torch::Tensor log_prob(const torch::Tensor& z, const torch::Tensor& y) const {
    return some_gaussian()->log_prob(z, y);
  }
};
TORCH_MODULE(DensityAlone);

TEST(Prior, WithoutAClosedFormTheRateIsTheMonteCarloMeanOfItsDraws) {
  const Prior exact(some_gaussian()), sampled((DensityAlone()));
  for (const auto& q : {some_posterior(), some_full_posterior()}) {
    const auto z = q.sample(200000, make_generator(torch::kCPU, 1));
    ASSERT_TRUE(exact.closed_form(q, {}));
    ASSERT_FALSE(sampled.closed_form(q, {}));
    const auto expected = exact.kl(q, z, {}), estimate = sampled.kl(q, z, {});
    const auto error = (q.log_prob(z) - sampled.log_prob(z, {})).std(0) / std::sqrt(200000.0);
    EXPECT_TRUE((estimate - expected).abs().lt(5 * error).all().item<bool>()) << expected << estimate << error;
  }
}

TEST(Prior, OfAPointMassTheRateIsZero) {
  EXPECT_TRUE(torch::equal(Prior(DensityAlone()).kl(PointMass{torch::randn({3, 2})}, {}, {}), torch::zeros({3})));
}

/// A unit Gaussian about the label of each example, and nothing said of a closed form.
struct AboutTheLabelImpl : torch::nn::Cloneable<AboutTheLabelImpl> {
  void reset() override {}
  torch::Tensor log_prob(const torch::Tensor& z, const torch::Tensor& y) const {
    return standard_normal_log_prob(z - y.unsqueeze(-1));
  }
};
TORCH_MODULE(AboutTheLabel);

TEST(Prior, OfOnesOwnSeesTheTargetsAndTheRateIsTheMeanOverTheDraws) {
  torch::manual_seed(3);
  VibModel model(Mlp(MlpOptions(4).hidden({8})), VibModelOptions(8, 2, 3).prior(AboutTheLabel()));
  const auto data = test::clouds(20);
  const auto noise = torch::randn({3, 20, 2});
  torch::NoGradGuard no_grad;
  const auto q = model->encode(data.inputs);
  const auto z = q.sample_with(noise);
  // log q - log r: what the spread and the two squares leave, since the constants cancel.
  const auto distance = z - data.targets.unsqueeze(-1);
  const auto each = 0.5 * (distance.square() - noise.square() - 2 * q.stddev().log()).sum(-1);
  const auto expected = each.mean().item<double>();
  EXPECT_NEAR(vib_terms(*model, {model->decode(z), q, z}, data.targets).rate.mean().item<double>(), expected, 1e-5);
  const auto m = evaluate(model, data, EvaluateOptions().samples(3).noise(noise).batch_size(7));
  EXPECT_NEAR(m["rate_bits"], to_bits(expected), 1e-5);
}

TEST(GaussianPrior, BeginsAsTheStandardNormal) {
  for (const auto& q : {some_posterior(), some_full_posterior()})
    EXPECT_TRUE(torch::allclose(*GaussianPrior(2)->kl(q, {}), *StandardNormalPrior()->kl(q, {})));
}

TEST(GaussianPrior, IsHeldWhereItsDensityIsANumber) {
  const auto prior = some_gaussian();
  torch::NoGradGuard no_grad;
  prior->log_variance.fill_(-1000);
  EXPECT_TRUE(prior->kl(some_posterior(), {})->isfinite().all().item<bool>());
}

// Its best is the posterior's own mean and spread over the data: never looser than N(0, I) for the same encoder.
TEST(GaussianPrior, IsLearnedTogetherWithTheModelAndTightensTheRate) {
  const auto options = TrainerOptions().epochs(20).batch_size(32).learning_rate(1e-2).beta(1e-2).order_seed(1);
  const auto rate_with = [&](bool learned) {
    torch::manual_seed(3);
    VibModelOptions model_options(8, 4, 3);
    if (learned) model_options.prior(GaussianPrior(4));
    VibModel model(Mlp(MlpOptions(4).hidden({8})), model_options);
    Trainer(model, TrainerOptions(options)).fit(test::clouds(320));
    return std::pair(evaluate(model, test::clouds(320))["rate_bits"], model);
  };
  const auto [tight, model] = rate_with(true);
  EXPECT_LT(tight, rate_with(false).first);
  const auto names = model->named_parameters().keys();
  EXPECT_EQ(names.back(), "prior.log_variance");
  EXPECT_GT(model->named_parameters()["prior.log_variance"].abs().max().item<double>(), 0.01);
}

TEST(GaussianPrior, IsReplicatedAndResumedLikeTheRest) {
  const auto make = [](std::uint64_t seed) {
    torch::manual_seed(seed);
    return VibModel(Mlp(MlpOptions(4).hidden({8})), VibModelOptions(8, 4, 3).prior(GaussianPrior(4)));
  };
  const auto options = TrainerOptions().epochs(3).batch_size(32).learning_rate(1e-2).order_seed(1);
  const auto data = test::clouds(96);
  ASSERT_FALSE(why_not_replicable(*make(1)).has_value());
  Trainer group({{make(1), 0.1, 1}, {make(2), 1e-2, 2}}, options);
  group.fit(data);
  Trainer single(make(2), TrainerOptions(options).beta(1e-2).seed(2));
  single.fit(data);
  const auto a = group.chosen_weights(1).raw, b = single.chosen_weights().raw;
  ASSERT_EQ(a.keys(), b.keys());
  for (const auto& item : a) EXPECT_TRUE(torch::allclose(item.value(), b[item.key()], 1e-4, 1e-6)) << item.key();
}

}  // namespace
}  // namespace vib
