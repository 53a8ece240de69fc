#include "vib/nn/likelihood/likelihood.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/train/toy_problem.h"
#include "vib/evaluate/draws.h"
#include "vib/evaluate/evaluate.h"
#include "vib/objective/objective.h"
#include "vib/train/trainer.h"

namespace vib {
namespace {

const auto kDouble = torch::kFloat64;

torch::Tensor numbers(std::initializer_list<double> values, std::vector<std::int64_t> shape) {
  return torch::tensor(std::vector<double>(values), kDouble).reshape(shape);
}

void expect_near(const torch::Tensor& actual, std::initializer_list<double> expected) {
  const auto e = torch::tensor(std::vector<double>(expected), kDouble);
  EXPECT_TRUE(torch::allclose(actual, e, 1e-12, 1e-14)) << actual << "\nexpected\n" << e;
}

// The expected numbers are those of Python's torch.distributions in float64.

TEST(Likelihood, BernoulliCostsWhatTorchDistributionsSays) {
  const auto o = numbers({-3, 0.5, 40, 0, -700, 2}, {2, 3});
  const auto y = numbers({0, 1, 1, 0.25, 0, 1}, {2, 3});
  expect_near(Likelihood::bernoulli().negative_log(o, y), {0.5226643357538487, 0.8200751916029178});
  expect_near(Likelihood::shades().negative_log(o, y), {0.5226643357538487, 0.8200751916029178});
}

TEST(Likelihood, GaussianCostsWhatTorchDistributionsSays) {
  const auto o = numbers({-3, 0.5, 4, 0, -7, 2}, {2, 3}), y = numbers({-2.5, 0.5, 1, 1, -7.5, 2}, {2, 3});
  expect_near(Likelihood::gaussian().negative_log(o, y), {7.381815599614018, 3.381815599614018});
  expect_near(Likelihood::gaussian(0.25).negative_log(o, y), {19.177374057934184, 3.177374057934182});
  const auto log_variance = numbers({0, 1, -2, 3, -4, 0.5}, {2, 3});
  expect_near(Likelihood::gaussian_learned().negative_log(at::cat({o, log_variance}, -1), y),
              {35.63256804480194, 9.356477887940978});
}

TEST(Likelihood, OneLabelOfTwoClassesIsASoftmaxOfTwo) {
  const auto o = torch::randn({4, 7, 1}, kDouble);
  const auto y = torch::randint(2, {7}, torch::kInt64);
  const auto two = at::cat({torch::zeros_like(o), o}, -1);
  EXPECT_TRUE(torch::allclose(Likelihood::bernoulli().negative_log(o, y), cross_entropy(two, y)));
  const auto bernoulli = Likelihood::bernoulli(), categorical = Likelihood::categorical();
  EXPECT_TRUE(torch::equal(bernoulli.mistakes(bernoulli.mean(o), y), categorical.mistakes(categorical.mean(two), y)));
}

TEST(Likelihood, CountsLabelsAndMeasuresValues) {
  const auto mean = numbers({0.9, 0.2, 0.6, 0.4}, {1, 4}), y = numbers({1, 1, 0, 0}, {1, 4});
  expect_near(Likelihood::bernoulli().mistakes(mean, y), {0.5});
  expect_near(Likelihood::shades().mistakes(mean, y), {(0.01 + 0.64 + 0.36 + 0.16) / 4});
  expect_near(Likelihood::gaussian().mistakes(mean, y), {(0.01 + 0.64 + 0.36 + 0.16) / 4});
}

TEST(Likelihood, LeavesDrawsAndReplicasAlone) {
  const auto o = torch::randn({3, 2, 5, 4}), y = torch::rand({5, 4}), values = torch::randn({5, 2});
  for (const auto& [likelihood, target] : {std::pair(Likelihood::bernoulli(), y),
                                           {Likelihood::gaussian(2), y},
                                           {Likelihood::gaussian_learned(), values}}) {
    const auto all = likelihood.negative_log(o, target);
    ASSERT_EQ(all.sizes(), (std::vector<std::int64_t>{3, 2, 5}));
    EXPECT_TRUE(torch::allclose(all[2][1], likelihood.negative_log(o[2][1], target)));
  }
}

TEST(Likelihood, AnyOutputHasAFiniteCostAndGradient) {
  for (const auto& likelihood : {Likelihood::bernoulli(), Likelihood::gaussian_learned()}) {
    const auto o = torch::tensor({{-1e4, 1e4}, {0.0, -1e4}, {1e3, 1e4}}, torch::kFloat32).requires_grad_();
    const auto cost = likelihood.negative_log(o, torch::ones({3, o.size(1) / likelihood.outputs(1)})).sum();
    cost.backward();
    EXPECT_TRUE(std::isfinite(cost.item<double>()));
    EXPECT_TRUE(o.grad().isfinite().all().item<bool>());
  }
}

TEST(Likelihood, RefusesTargetsOfAnotherShape) {
  EXPECT_THROW(Likelihood::gaussian().negative_log(torch::zeros({5, 3}), torch::zeros({5, 2})), c10::Error);
  EXPECT_THROW(Likelihood::gaussian_learned().negative_log(torch::zeros({5, 4}), torch::zeros({5, 4})), c10::Error);
  EXPECT_THROW(Likelihood::categorical().negative_log(torch::zeros({5, 3}), torch::zeros({5})), c10::Error);
  EXPECT_THROW(Likelihood::gaussian(0), c10::Error);
}

/// A model that decodes μ = 0 plus noise: z = ε, and y = z.
VibModel passes_noise_on(Likelihood likelihood, std::int64_t width = 1) {
  VibModel model(Mlp(MlpOptions(2)), VibModelOptions(2, width, width, likelihood));
  torch::NoGradGuard no_grad;
  for (auto& p : model->parameters()) p.zero_();
  model->decoder->linear->weight.copy_(torch::eye(width));
  return model;
}

// Three draws of one example: NLL is that of their mixture, the distortion their mean cost (numbers of Python's
// torch.distributions and logsumexp).
TEST(EvaluationOfValues, MixesTheDraws) {
  Dataset data;
  data.inputs = torch::zeros({1, 2});
  data.targets = torch::full({1, 1}, 0.3);
  const auto noise = torch::tensor({0.1F, -0.4F, 2.0F}).reshape({3, 1, 1});
  const auto m = evaluate(passes_noise_on(Likelihood::gaussian()), data, EvaluateOptions().samples(3).noise(noise));
  const double costs[] = {0.5 * 0.04, 0.5 * 0.49, 0.5 * 2.89};
  const double constant = 0.5 * std::log(2 * M_PI);
  double mixture = 0, mean = 0;
  for (const double c : costs) {
    mixture += std::exp(-c) / 3;
    mean += c / 3;
  }
  EXPECT_NEAR(m["nll_bits"], (constant - std::log(mixture)) / std::log(2.0), 1e-6);
  EXPECT_NEAR(m["distortion_bits"], (constant + mean) / std::log(2.0), 1e-6);
  EXPECT_NEAR(m["rmse"], std::abs(1.7 / 3 - 0.3), 1e-6);
  EXPECT_FALSE(m.find("error") || m.find("error_mean_z") || m.find("izy_bits")) << "values have no H(Y) from counts";
  EXPECT_FALSE(m.find("r2")) << "one example does not vary";
}

// The same three draws, each with a variance of its own: the moments of their mixture, by Python's
// torch.distributions.MixtureSameFamily, and those of 5 + 3 y.
TEST(PredictionOfValues, HasTheMomentsOfTheMixtureOfItsDraws) {
  VibModel model(Mlp(MlpOptions(2)), VibModelOptions(2, 2, 1, Likelihood::gaussian_learned()));
  {
    torch::NoGradGuard no_grad;
    for (auto& p : model->parameters()) p.zero_();
    model->decoder->linear->weight.copy_(torch::eye(2));
  }
  const auto noise = torch::tensor({{0.1F, 0.0F}, {-0.4F, 1.0F}, {2.0F, -1.0F}});
  const auto p = predict(*model, torch::zeros({1, 2}), torch::full({1, 1}, 0.3), 3,
                         [&](std::int64_t m) { return noise.slice(0, m, m + 1); });
  EXPECT_NEAR(p.mean.item<double>(), 0.5666666666666667, 1e-6);
  EXPECT_NEAR(p.variance.item<double>(), 2.430942645432385, 1e-6);

  const auto of = in_data_units(p, torch::tensor({5.0}, kDouble), torch::tensor({3.0}, kDouble));
  EXPECT_NEAR(of.mean.item<double>(), 6.7, 1e-6);
  EXPECT_EQ(of.mean_z.item<double>(), 5);
  EXPECT_NEAR(of.variance.item<double>(), 21.87848380889146, 1e-6);
  EXPECT_NEAR(of.log_mean.item<double>(), -2.6670587904099037, 1e-6);
  EXPECT_NEAR((of.distortion - p.distortion).item<double>(), std::log(3.0), 1e-12);

  const auto labels = predict(*passes_noise_on(Likelihood::bernoulli()), torch::zeros({1, 2}), {}, 1, [](std::int64_t) {
    return torch::zeros({1, 1});
  });
  EXPECT_FALSE(labels.variance.defined());
}

TEST(EvaluationOfValues, R2IsTheShareOfTheVarianceThatIsExplained) {
  auto model = passes_noise_on(Likelihood::gaussian());
  Dataset data;
  data.inputs = torch::zeros({4, 2});
  data.targets = torch::tensor({{1.0F}, {2.0F}, {3.0F}, {4.0F}});
  const auto at = [&](std::vector<float> predictions) {
    const auto noise = torch::tensor(predictions).reshape({1, 4, 1});
    return evaluate(model, data, EvaluateOptions().samples(1).noise(noise).batch_size(3));
  };
  EXPECT_NEAR(at({1, 2, 3, 4})["r2"], 1, 1e-12);
  EXPECT_NEAR(at({2.5, 2.5, 2.5, 2.5})["r2"], 0, 1e-12);
  EXPECT_NEAR(at({1, 2, 3, 3})["r2"], 1 - 1.0 / 5.0, 1e-12);
  EXPECT_NEAR(at({1, 2, 3, 3})["rmse"], 0.5, 1e-12);
}

// Squares about their means are 2 and 8, errors 0 and 1; a third value does not vary.
TEST(EvaluationOfValues, R2OfSeveralValuesIsTheMeanOfTheirs) {
  Dataset data;
  data.inputs = torch::zeros({2, 2});
  data.targets = torch::tensor({{0.0F, 0.0F, 5.0F}, {2.0F, 4.0F, 5.0F}});
  const auto noise = torch::tensor({{{0.0F, 1.0F, 4.0F}, {2.0F, 4.0F, 5.0F}}});
  const auto model = passes_noise_on(Likelihood::gaussian(), 3);
  EXPECT_NEAR(evaluate(model, data, EvaluateOptions().samples(1).noise(noise))["r2"], (1 + (1 - 1.0 / 8)) / 2, 1e-12);

  data.inputs = torch::tensor({{0.0F, 0.0F}, {2.0F, 4.0F}});
  data.targets = torch::Tensor();  // the inputs are one thing
  const auto reconstruction = evaluate(passes_noise_on(Likelihood::gaussian(), 2), data,
                                       EvaluateOptions().samples(1).noise(noise.slice(2, 0, 2)));
  EXPECT_NEAR(reconstruction["r2"], 1 - 1.0 / 10, 1e-12);
}

/// The targets of `data` as 1,000,000 and 0.001 times themselves, and farther off.
Dataset in_other_units(Dataset data) {
  data.target_mean = torch::tensor({1.7e9, 5.0}, kDouble);
  data.target_scale = torch::tensor({1e6, 1e-3}, kDouble);
  data.targets = data.target_mean + data.target_scale * data.targets.to(kDouble);
  return data;
}

Dataset two_values(std::int64_t examples) {
  Dataset data;
  data.inputs = test::clouds(examples).inputs;
  data.targets = data.inputs.slice(1, 0, 2).clone();
  return data;
}

VibModel model_of_values(Likelihood likelihood, std::uint64_t seed = 3, bool deterministic = false) {
  torch::manual_seed(seed);
  VibModelOptions options(8, 4, 2, likelihood);
  options.bottleneck().deterministic(deterministic);
  return VibModel(Mlp(MlpOptions(4).hidden({8})), options);
}

TEST(EvaluationOfValues, AnswersInTheDatasUnit) {
  auto model = model_of_values(Likelihood::gaussian_learned());
  const auto plain = evaluate(model, two_values(60)), scaled = evaluate(model, in_other_units(two_values(60)));
  const double volume = std::log2(1e6) + std::log2(1e-3);
  EXPECT_NEAR(scaled["nll_bits"], plain["nll_bits"] + volume, 1e-5);
  EXPECT_NEAR(scaled["distortion_bits"], plain["distortion_bits"] + volume, 1e-5);
  EXPECT_NEAR(scaled["r2"], plain["r2"], 1e-5);
  EXPECT_EQ(scaled["rate_bits"], plain["rate_bits"]);

  // By hand, from what the model says of the standardised values.
  const auto data = two_values(60);
  const EvaluationDraws draws(0, 4, torch::kCPU);
  const auto noise = [&](std::int64_t m) { return draws.noise(m, 0, 60); };
  const auto p = predict(*model, data.inputs, {}, 12, noise).mean;
  const auto square = (p - data.targets).square().mean(0);
  EXPECT_NEAR(scaled["rmse"], std::sqrt((square[0].item<double>() * 1e12 + square[1].item<double>() * 1e-6) / 2),
              1e-3 * scaled["rmse"]);
}

// What training says of an epoch of no steps to speak of is what evaluation says of the same examples.
TEST(TrainingOfValues, LogsInTheDatasUnitAsValidationDoes) {
  const auto data = in_other_units(two_values(90));
  Trainer trainer(model_of_values(Likelihood::gaussian_shared(), 3, /*deterministic=*/true),
                  TrainerOptions().epochs(1).batch_size(32).learning_rate(1e-30));
  const auto& record = trainer.fit(data, data).back();
  const auto& validation = *record.validation;
  EXPECT_NEAR(record.train["distortion_bits"], validation["distortion_bits"], 1e-4);
  EXPECT_NEAR(record.train["loss_bits"], validation["distortion_bits"], 1e-4);
  EXPECT_NEAR(record.train["rmse"] / validation["rmse"], 1, 1e-5);
}

TEST(GaussianShared, LearnsTheVarianceThatIsLeft) {
  auto data = two_values(400);
  const auto noise = torch::randn({400, 2}, make_generator(torch::kCPU, 5));
  data.inputs = torch::zeros({400, 4});
  data.targets = noise * torch::tensor({0.2F, 3.0F});
  auto model = model_of_values(Likelihood::gaussian_shared());
  Trainer(model, TrainerOptions().epochs(60).batch_size(100).learning_rate(1e-2)).fit(data);
  const auto variance = (kSharedPace * model->shared_outputs.detach()).exp();
  EXPECT_TRUE(torch::allclose(variance / data.targets.var(0), torch::ones({2}), 0.1, 0)) << variance;

  // It costs what a fixed Gaussian of that variance does.
  const auto o = at::cat({torch::zeros({1, 1}), torch::full({1, 1}, std::log(0.25))}, -1);
  const auto y = torch::full({1, 1}, 0.7);
  EXPECT_NEAR(Likelihood::gaussian_shared().negative_log(o, y).item<double>(),
              Likelihood::gaussian(0.25).negative_log(torch::zeros({1, 1}), y).item<double>(), 1e-6);
}

TEST(GaussianShared, IsTrainedAsReplicasResumedAveragedAndCopied) {
  const auto data = two_values(96);
  const auto make = [](std::uint64_t seed) { return model_of_values(Likelihood::gaussian_shared(), seed); };
  const auto options = TrainerOptions().epochs(4).batch_size(32).learning_rate(1e-2).order_seed(1).ema(0.9);
  Trainer group({{make(1), 1e-3, 1}, {make(2), 1e-2, 2}}, options);
  group.fit(data);
  Trainer single(make(2), TrainerOptions(options).beta(1e-2).seed(2));
  single.fit(data);
  const auto of = [](const Trainer& trainer, std::int64_t r) { return trainer.chosen_weights(r).averaged; };
  EXPECT_TRUE(torch::allclose(of(group, 1)["shared_outputs"], of(single, 0)["shared_outputs"], 1e-4, 1e-7));
  EXPECT_FALSE(torch::equal(of(group, 0)["shared_outputs"], of(group, 1)["shared_outputs"]));
  EXPECT_FALSE(torch::equal(of(single, 0)["shared_outputs"], single.chosen_weights(0).raw["shared_outputs"]));

  int steps = 0;
  const auto until = TrainerOptions(options).beta(1e-2).seed(2).stop([&] { return steps++ == 7; });
  Trainer interrupted(make(2), until);
  interrupted.fit(data);
  Trainer resumed(make(2), TrainerOptions(options).beta(1e-2).seed(2));
  resumed.load_state(interrupted.state(), "checkpoint");
  resumed.fit(data);
  EXPECT_TRUE(torch::equal(of(resumed, 0)["shared_outputs"], of(single, 0)["shared_outputs"]));

  auto model = make(2);
  torch::NoGradGuard no_grad;
  model->shared_outputs.fill_(0.3);
  VibModel copy(std::dynamic_pointer_cast<VibModelImpl>(model->clone()));
  EXPECT_TRUE(torch::equal(copy->shared_outputs, model->shared_outputs));
  EXPECT_NE(copy->shared_outputs.data_ptr(), model->shared_outputs.data_ptr());
}

// A log σ² far beyond what is sensible is still pulled back.
TEST(Likelihood, ALearnedVarianceHasAGradientBeyondItsBounds) {
  const auto o = torch::tensor({{0.0F, -100.0F}, {0.0F, 100.0F}}, torch::requires_grad());
  Likelihood::gaussian_learned().negative_log(o, torch::tensor({{1.0F}, {1.0F}})).sum().backward();
  EXPECT_LT(o.grad()[0][1].item<float>(), 0);  // descent raises it
  EXPECT_GT(o.grad()[1][1].item<float>(), 0);  // descent lowers it
  EXPECT_TRUE(o.grad().isfinite().all().item<bool>());
}

/// A likelihood of somebody else's: values around o with two-sided exponential tails of scale 1.
class Laplace : public LikelihoodFamily {
 public:
  std::string name() const override { return "laplace"; }
  torch::Tensor negative_log(const torch::Tensor& o, const torch::Tensor& y) const override {
    return ((y - o).abs() + std::log(2.0)).sum(-1);
  }
  torch::Tensor mean(const torch::Tensor& o) const override { return o; }
};

TEST(Likelihood, OfOnesOwnIsTrainedLikeAnother) {
  Dataset data;
  data.inputs = test::clouds(96).inputs;
  data.targets = data.inputs.slice(1, 0, 2).clone();
  const auto make = [](std::uint64_t seed) {
    torch::manual_seed(seed);
    return VibModel(Mlp(MlpOptions(4).hidden({8})), VibModelOptions(8, 4, 2, Likelihood(std::make_shared<Laplace>())));
  };
  const auto options = TrainerOptions().epochs(4).batch_size(32).learning_rate(1e-2).order_seed(1);
  Trainer group({{make(1), 1e-3, 1}, {make(2), 1e-2, 2}}, options);
  group.fit(data);
  Trainer single(make(2), TrainerOptions(options).beta(1e-2).seed(2));
  single.fit(data);
  EXPECT_NEAR(group.history(1).back().train["loss_bits"], single.history().back().train["loss_bits"], 1e-5);
  EXPECT_LT(group.history(1).back().train["rmse"], group.history(1).front().train["rmse"]);
}

}  // namespace
}  // namespace vib
