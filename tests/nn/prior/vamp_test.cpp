#include "vib/nn/prior/vamp.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include "tests/nn/prior/prior_checks.h"
#include "vib/core/units.h"
#include "vib/data/drawn_inputs.h"

namespace vib {
namespace {

using test::kExact;

TEST(VampPrior, TheRateByMonteCarloIsThatOfAQuadratureAndInformationPlusTheGapOfTheMarginal) {
  const auto q = test::smooth_encoder(torch::tensor({{0.0, 0.0}, {1.0, -1.0}, {-1.5, 0.5}, {0.5, 1.5}}, kExact));
  const auto u = torch::tensor({{0.2, 0.1}, {-1.0, 1.0}, {1.0, 0.0}}, kExact);
  const auto sampled = test::sampled_rate(q, Prior(VampPrior(u)).density({{}, q, test::smooth_encoder}));

  const test::Plane plane;
  const auto of_each = test::log_densities(q, plane.z), marginal = test::log_mean(of_each);
  const auto prior = test::log_mean(test::log_densities(test::smooth_encoder(u), plane.z));
  EXPECT_NEAR(plane.integral(marginal.exp()).item<double>(), 1, 1e-10);
  const auto rate = plane.divergence(of_each, prior);
  EXPECT_TRUE((sampled.mean - rate).abs().lt(5 * sampled.error).all().item<bool>()) << sampled.mean << rate;
  EXPECT_LT(sampled.error.max().item<double>(), 0.02);

  // X is one of the four: E[R] = I(Z;X) + KL( q(z) || r(z) ).
  const auto information = plane.divergence(of_each, marginal).mean().item<double>();
  const auto gap = plane.divergence(marginal, prior).item<double>();
  EXPECT_GT(gap, 0.1);
  const auto error = sampled.error.square().sum().sqrt().item<double>() / 4;
  EXPECT_NEAR(sampled.mean.mean().item<double>(), information + gap, 5 * error);
}

VampPrior of_clouds(std::uint64_t seed, torch::ScalarType type = torch::kFloat32) {
  return VampPrior(drawn_inputs(test::clouds(96), 3, seed).to(type));
}

TEST(VampPrior, GradientsReachPseudoInputsAndEncoderAndAreFiniteDifferences) {
  auto model = test::smooth_model(of_clouds(1, torch::kFloat64));
  test::expect_gradients_of_the_rate(model);
  EXPECT_GT(model->named_parameters()["prior.pseudo_inputs"].grad().abs().min().item<double>(), 0);
}

VibModel vamp_model(std::uint64_t seed, double dropout = 0) {
  torch::manual_seed(seed);
  return VibModel(Mlp(MlpOptions(4).hidden({8}).dropout(dropout)), VibModelOptions(8, 4, 3).prior(of_clouds(seed)));
}

TEST(VampPrior, PseudoInputsAreReadWithoutDropoutAndTheModelStaysInTraining) {
  auto model = vamp_model(1, 0.5);
  model->train();
  const auto z = torch::randn({1, 5, 4});
  const auto density = [&] { return model->prior.density(model->prior_context({}, {}))(z); };
  const auto first = density();
  EXPECT_TRUE(torch::equal(first, density()));
  EXPECT_TRUE(model->backbone.module()->is_training());
  model->eval();
  EXPECT_TRUE(torch::equal(first, density()));
}

TEST(VampPrior, EvaluationGivesTheRateOfItsDraws) {
  auto model = vamp_model(1);
  const auto data = test::clouds(20);
  const auto noise = torch::randn({3, 20, 4});
  const auto m = evaluate(model, data, EvaluateOptions().samples(3).noise(noise).batch_size(7));
  torch::NoGradGuard no_grad;
  const auto q = model->encode(data.inputs);
  const auto z = q.sample_with(noise).unsqueeze(2);
  const auto of_pseudo_inputs = model->encode(model->named_parameters()["prior.pseudo_inputs"]);
  const auto log_prior = of_pseudo_inputs.log_prob(z).exp().mean(-1).log();
  EXPECT_NEAR(m["rate_bits"], to_bits((q.log_prob(z.squeeze(2)) - log_prior).mean().item<double>()), 1e-4);
}

TEST(VampPrior, IsTrainedWithTheRest) {
  auto model = vamp_model(1);
  const auto before = model->named_parameters()["prior.pseudo_inputs"].detach().clone();
  const auto rate = [&] { return evaluate(model, test::clouds(96))["rate_bits"]; };
  const auto rate_before = rate();
  Trainer(model, test::short_training().beta(1)).fit(test::clouds(96));
  const auto after = model->named_parameters()["prior.pseudo_inputs"];
  EXPECT_GT((after - before).abs().min().item<double>(), 1e-4);
  EXPECT_LT(rate(), rate_before);
}

TEST(VampPrior, ReplicasFollowTheirSingleRuns) {
  test::expect_replicas_to_follow_single_runs([](std::uint64_t seed) { return vamp_model(seed, 0.25); });
}

VibModel normalised_model(std::uint64_t seed) {
  torch::manual_seed(seed);
  // No bias stands before a batch normalisation: its gradient is zero but for rounding, which Adam would make steps of.
  torch::nn::Sequential layers(torch::nn::Linear(torch::nn::LinearOptions(4, 8).bias(false)), torch::nn::BatchNorm1d(8),
                               torch::nn::ReLU());
  return VibModel(layers, VibModelOptions(8, 4, 3).prior(of_clouds(seed)));
}

TEST(VampPrior, PseudoInputsLeaveTheStatisticsOfABatchNormalisationAlone) {
  auto model = normalised_model(1);
  model->train();
  const auto mean = model->named_buffers()["backbone.1.running_mean"].clone();
  model->prior.density(model->prior_context({}, {}));
  EXPECT_TRUE(torch::equal(model->named_buffers()["backbone.1.running_mean"], mean));
  model->encode(test::clouds(9).inputs);
  EXPECT_FALSE(torch::equal(model->named_buffers()["backbone.1.running_mean"], mean));
}

TEST(VampPrior, ReplicasWithABatchNormalisationFollowTheirSingleRuns) {
  test::expect_replicas_to_follow_single_runs(normalised_model);
}

TEST(VampPrior, IsResumedBitForBit) {
  test::expect_resumption_bit_for_bit([](std::uint64_t seed) { return vamp_model(seed); });
}

TEST(VampPrior, IsClonedWithTensorsOfItsOwn) {
  const VampPrior prior = of_clouds(1);
  const auto copy = std::dynamic_pointer_cast<VampPriorImpl>(prior->clone());
  EXPECT_TRUE(torch::equal(copy->pseudo_inputs, prior->pseudo_inputs));
  EXPECT_FALSE(copy->pseudo_inputs.is_same(prior->pseudo_inputs));
  EXPECT_EQ(copy->parameters().size(), 1u);
  EXPECT_NE(copy->pseudo_inputs.data_ptr(), prior->pseudo_inputs.data_ptr());
}

TEST(VampPrior, NeedsNumbersAndAnEncoder) {
  EXPECT_THROW(VampPrior(torch::zeros({3, 5}, torch::kInt64)), c10::Error);
  EXPECT_THROW(VampPrior(torch::zeros({0, 5})), c10::Error);
  EXPECT_THROW(Prior(of_clouds(1)).log_prob(torch::zeros({1, 1, 4}), {}), c10::Error);
}

}  // namespace
}  // namespace vib
