#include "vib/evaluate/evaluate.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/train/toy_problem.h"
#include "vib/core/units.h"
#include "vib/evaluate/draws.h"
#include "vib/evaluate/ensemble.h"
#include "vib/objective/rate.h"

namespace vib {
namespace {

// The numbers of a split by their definitions: everything at once, in float64, nothing clever.
SplitMetrics by_definition(VibModel model, const Dataset& data, const torch::Tensor& noise) {
  torch::NoGradGuard no_grad;
  const auto posterior = model->encode(data.inputs);
  const auto p = model->decode(posterior.sample_with(noise)).to(torch::kFloat64).softmax(-1);  // [M, N, C]
  const auto mean_p = p.mean(0);
  const auto label = data.targets.unsqueeze(-1);
  const auto share_wrong = [&](const torch::Tensor& scores) {
    return scores.argmax(-1).ne(data.targets).to(torch::kFloat64).mean().item<double>();
  };
  SplitMetrics m;
  m.numbers.set("error", share_wrong(mean_p));
  m.numbers.set("error_mean_z", share_wrong(model->decode(posterior.mean())));
  m.numbers.set("nll_bits", -mean_p.gather(1, label).log2().mean().item<double>());
  m.numbers.set("distortion_bits", -p.gather(2, label.expand({p.size(0), -1, 1})).log2().mean().item<double>());
  m.numbers.set("rate_bits", rate(posterior).to(torch::kFloat64).mean().item<double>() / std::log(2.0));
  return m;
}

class EvaluateTest : public testing::Test {
 protected:
  VibModel model = test::small_model();
  Dataset data = test::clouds(103);
  torch::Tensor noise = torch::randn({5, 103, 4}, make_generator(torch::kCPU, 9));
};

TEST_F(EvaluateTest, GivesTheNumbersOfTheirDefinitions) {
  const auto expected = by_definition(model, data, noise);
  const auto m = evaluate(model, data, EvaluateOptions().samples(5).noise(noise));
  EXPECT_EQ(m.examples, 103);
  EXPECT_EQ(m.samples, 5);
  EXPECT_NEAR(m["error"], expected["error"], 1e-12);
  EXPECT_NEAR(m["error_mean_z"], expected["error_mean_z"], 1e-12);
  EXPECT_NEAR(m["nll_bits"], expected["nll_bits"], 1e-6);
  EXPECT_NEAR(m["distortion_bits"], expected["distortion_bits"], 1e-6);
  EXPECT_NEAR(m["rate_bits"], expected["rate_bits"], 1e-6 * expected["rate_bits"]);
  EXPECT_NEAR(m["izy_bits"], to_bits(*data.label_entropy()) - expected["distortion_bits"], 1e-6);
}

// An example of weight 2 counts as if it stood there twice, one of weight 0 not at all.
TEST_F(EvaluateTest, WeighsExamples) {
  data.weights = torch::ones({103});
  data.weights[0] = 0;
  data.weights[5] = 2;
  const auto index = at::cat({torch::arange(1, 103), torch::tensor({5})});
  auto repeated = data.select(index);
  repeated.weights = torch::Tensor();
  const auto weighted = evaluate(model, data, EvaluateOptions().samples(5).noise(noise).batch_size(10));
  const auto counted = evaluate(model, repeated, EvaluateOptions().samples(5).noise(noise.index_select(1, index)));
  for (const auto& [key, value] : counted.numbers) EXPECT_NEAR(weighted[key], value, 1e-6) << key;
}

// "a last partial batch averaged as a full one": 103 examples in batches of 10 weigh the same as in one.
TEST_F(EvaluateTest, DoesNotDependOnTheBatchSize) {
  const auto whole = evaluate(model, data, EvaluateOptions().samples(5).noise(noise).batch_size(1000));
  const auto parts = evaluate(model, data, EvaluateOptions().samples(5).noise(noise).batch_size(10));
  EXPECT_NEAR(whole["nll_bits"], parts["nll_bits"], 1e-6);
  EXPECT_NEAR(whole["rate_bits"], parts["rate_bits"], 1e-5);
  EXPECT_EQ(whole["error"], parts["error"]);
}

TEST_F(EvaluateTest, RepeatsItselfForASeedAndNotForAnother) {
  const auto a = evaluate(model, data, EvaluateOptions().seed(1)), b = evaluate(model, data, EvaluateOptions().seed(1));
  EXPECT_EQ(a["nll_bits"], b["nll_bits"]);
  EXPECT_NE(a["nll_bits"], evaluate(model, data, EvaluateOptions().seed(2))["nll_bits"]);
}

// "logits averaged instead of probabilities": with two draws of opposite certainty the mean probability is one half.
TEST_F(EvaluateTest, AveragesProbabilitiesNotLogits) {
  torch::NoGradGuard no_grad;
  for (auto& p : model->parameters()) p.zero_();
  auto parameters = model->named_parameters();
  parameters["decoder.linear.weight"][0][0] = 40.0;  // logit of class 0 = 40 z_0; log σ² = 0, so z = ε
  auto two = torch::zeros({2, 103, 4});
  two.select(0, 0).fill_(1.0);
  two.select(0, 1).fill_(-2.0);
  Dataset zeros = data;
  zeros.targets = torch::zeros_like(data.targets);
  const auto m = evaluate(model, zeros, EvaluateOptions().samples(2).noise(two));
  EXPECT_NEAR(m["nll_bits"], 1.0, 1e-6);  // the mean logit, -20, would give 29.8 bits and a wrong class
  EXPECT_EQ(m["error"], 0.0);
}

TEST_F(EvaluateTest, NllIsNeverAboveDistortion) {
  const auto m = evaluate(model, data);
  EXPECT_LT(m["nll_bits"], m["distortion_bits"]);
}

// "the 12-draw forward run with gradient in training".
TEST_F(EvaluateTest, KeepsNoGradients) {
  const auto p = predict(*model, data.inputs, data.targets, 3, [](auto) { return torch::randn({103, 4}); });
  EXPECT_FALSE(p.log_mean.requires_grad());
  EXPECT_FALSE(p.rate.requires_grad());
}

TEST_F(EvaluateTest, RestoresTheModelsMode) {
  model->train();
  evaluate(model, data);
  EXPECT_TRUE(model->is_training());
  model->eval();
  evaluate(model, data);
  EXPECT_FALSE(model->is_training());
}

TEST_F(EvaluateTest, OfADeterministicModelHasOneSampleAndNoRate) {
  const auto m = evaluate(test::small_model(true), data);
  EXPECT_EQ(m.samples, 1);
  EXPECT_FALSE(m.find("rate_bits"));
  EXPECT_EQ(m["error"], m["error_mean_z"]);
  EXPECT_NEAR(m["nll_bits"], m["distortion_bits"], 1e-12);
}

TEST_F(EvaluateTest, RefusesAnEmptySplit) { EXPECT_THROW(evaluate(model, Dataset{}), c10::Error); }

TEST_F(EvaluateTest, DrawsDoNotDependOnTheBatchSizeNorOnTheirNumber) {
  const EvaluationDraws draws(4, 3, torch::kCPU);
  const auto whole = draws.noise(1, 0, 250);
  EXPECT_TRUE(torch::equal(whole.slice(0, 95, 205), draws.noise(1, 95, 205)));
  EXPECT_FALSE(torch::equal(whole, draws.noise(0, 0, 250)));
  EXPECT_FALSE(torch::equal(whole.slice(0, 0, 100), whole.slice(0, 100, 200)));
  EXPECT_NEAR(draws.noise(0, 0, 20000).std().item<double>(), 1, 0.02);

  const auto at = [&](std::int64_t batch) { return evaluate(model, data, EvaluateOptions().batch_size(batch)); };
  EXPECT_NEAR(at(1000)["nll_bits"], at(7)["nll_bits"], 1e-6);
}

TEST_F(EvaluateTest, PredictsInEvaluationModeAndGivesEachChildItsModeBack) {
  torch::manual_seed(3);
  Mlp backbone(MlpOptions(4).hidden({16}).dropout(0.5));
  VibModel dropping(backbone, VibModelOptions(16, 4, 3));
  const auto ask = [&] {
    return predict(*dropping, data.inputs, {}, 1, [](auto) { return torch::zeros({103, 4}); }).mean;
  };
  EXPECT_TRUE(torch::equal(ask(), ask()));  // no dropout
  EXPECT_TRUE(dropping->is_training());
  dropping->decoder->eval();  // set apart by somebody
  ask();
  evaluate(dropping, data);
  EXPECT_TRUE(dropping->is_training());
  EXPECT_TRUE(backbone->is_training());
  EXPECT_FALSE(dropping->decoder->is_training());
}

TEST_F(EvaluateTest, IsStoppedBetweenBatchesAndDraws) {
  int asked = 0;
  const auto stopped_at = [&](int at) {
    asked = 0;
    return EvaluateOptions().samples(5).batch_size(50).stop([&asked, at] { return ++asked == at; });
  };
  for (const int at : {1, 4, 7, 18}) {  // of three batches, each with five draws
    EXPECT_THROW(evaluate(model, data, stopped_at(at)), EvaluationStopped);
    EXPECT_EQ(asked, at);
    EXPECT_THROW(evaluate_ensemble({{model, 3}}, data, stopped_at(at)), EvaluationStopped);
    EXPECT_EQ(asked, at);
  }
  EXPECT_NO_THROW(evaluate(model, data, stopped_at(19)));
}

// Of N(0, 1) and N(2, 3): the mean 1, the variance 2 within and 1 between; a density is the mean of both.
TEST(Mixture, HasTheMomentsOfAllItsMembers) {
  const auto member = [](double mean, double variance, double density) {
    const auto number = [](double x) { return torch::full({1, 1}, x, torch::kFloat64); };
    Prediction p;
    p.mean = p.mean_z = number(mean);
    p.variance = number(variance);
    p.rate = p.distortion = torch::full({1}, mean, torch::kFloat64);
    p.log_mean = torch::full({1}, std::log(density), torch::kFloat64);
    return p;
  };
  const auto p = mixture_of({member(0, 1, 0.1), member(2, 3, 0.3)});
  EXPECT_DOUBLE_EQ(p.mean.item<double>(), 1);
  EXPECT_DOUBLE_EQ(p.variance.item<double>(), 3);
  EXPECT_DOUBLE_EQ(p.rate.item<double>(), 1);
  EXPECT_NEAR(p.log_mean.exp().item<double>(), 0.2, 1e-12);
}

TEST_F(EvaluateTest, AnEnsembleOfOneIsTheModel) {
  const auto alone = evaluate(model, data, EvaluateOptions().seed(3));
  const auto metrics = evaluate_ensemble({{model, 3}}, data);
  for (const auto& [key, value] : alone.numbers) {
    EXPECT_EQ(metrics.together[key], value) << key;
    EXPECT_EQ(metrics.mean()[key], value) << key;
  }
}

}  // namespace
}  // namespace vib
