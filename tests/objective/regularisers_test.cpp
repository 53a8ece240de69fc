#include "vib/objective/regularisers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/train/toy_problem.h"
#include "vib/core/units.h"
#include "vib/train/trainer.h"

namespace vib {
namespace {

torch::Tensor classes() {
  return torch::tensor({{2.0, -1.0, 0.5}, {30.0, -30.0, 0.0}, {-0.5, 0.25, 1.5}}, torch::kFloat64);
}
torch::Tensor class_targets() { return torch::tensor({0, 1, 2}); }
torch::Tensor labels() { return torch::tensor({{1.5, -0.5}, {-20.0, 3.0}}, torch::kFloat64); }
torch::Tensor label_targets() { return torch::tensor({{1.0, 0.0}, {1.0, 1.0}}, torch::kFloat64); }

VibModel model_of(const Likelihood& likelihood, std::int64_t width) {
  return VibModel(Mlp(MlpOptions(2)), VibModelOptions(2, 2, width, likelihood));
}

/// A term of what the draws `decoded` `[M, B, D]` predict, `[B]`.
torch::Tensor value(const Objective::Term& term, const VibModel& model, const torch::Tensor& decoded,
                    const torch::Tensor& y) {
  const auto nothing = torch::zeros({y.size(0), 2}, torch::kFloat64);
  return term(*model, {decoded, DiagonalGaussian{nothing, nothing}, nothing.unsqueeze(0)}, {{}, y, {}});
}

// torch.nn.functional.cross_entropy(logits, y, label_smoothing=0.1, reduction="none")
TEST(LabelSmoothing, MakesTheDistortionPyTorchsSmoothedCrossEntropy) {
  const auto model = model_of(Likelihood::categorical(), 3);
  const auto smoothed = cross_entropy(classes(), class_targets()) +
                        0.1 * value(label_smoothing(), model, classes().unsqueeze(0), class_targets());
  const auto expected = torch::tensor({0.391311296657157, 57.00000000000009, 0.46028519713613497}, torch::kFloat64);
  EXPECT_TRUE(torch::allclose(smoothed, expected, 1e-13, 0)) << smoothed;
}

// binary_cross_entropy_with_logits(logits, 0.9 y + 0.05, reduction="none").sum(-1)
TEST(LabelSmoothing, SmoothsLabelsEachByItself) {
  const auto model = model_of(Likelihood::bernoulli(), 2);
  const auto smoothed = model->likelihood().negative_log(labels(), label_targets()) +
                        0.1 * value(label_smoothing(), model, labels().unsqueeze(0), label_targets());
  const auto expected = torch::tensor({0.775490262162859, 19.198587353634895}, torch::kFloat64);
  EXPECT_TRUE(torch::allclose(smoothed, expected, 1e-13, 0)) << smoothed;
}

// torch.distributions.Categorical(logits=logits).entropy(), Bernoulli(logits=logits).entropy().sum(-1)
TEST(ConfidencePenalty, IsTheNegativeEntropyOfWhatIsPredicted) {
  const auto of_classes =
      value(confidence_penalty(), model_of(Likelihood::categorical(), 3), classes().unsqueeze(0), class_targets());
  const auto expected =
      -torch::tensor({0.6215846046792746, 2.899657446301128e-12, 0.7941967908874653}, torch::kFloat64);
  EXPECT_TRUE(torch::allclose(of_classes, expected, 1e-12, 1e-14)) << of_classes;
  const auto of_labels =
      value(confidence_penalty(), model_of(Likelihood::bernoulli(), 2), labels().unsqueeze(0), label_targets());
  EXPECT_TRUE(
      torch::allclose(of_labels, -torch::tensor({1.1378988822714664, 0.19086501439066617}, torch::kFloat64), 1e-12, 0))
      << of_labels;
}

TEST(Regularisers, AreTheMeanOverTheDraws) {
  const auto model = model_of(Likelihood::categorical(), 3);
  const auto second = classes().flip({1});
  for (const auto& term : {label_smoothing(), confidence_penalty()}) {
    const auto of = [&](const torch::Tensor& draws) { return value(term, model, draws, class_targets()); };
    const auto both = of(at::stack({classes(), second}));
    EXPECT_TRUE(torch::allclose(both, (of(classes().unsqueeze(0)) + of(second.unsqueeze(0))) / 2, 1e-13));
  }
}

TEST(Regularisers, HaveTheGradientsOfFiniteDifferences) {
  const auto model = model_of(Likelihood::categorical(), 3);
  const auto at = at::stack({classes(), 0.1 * classes().flip({1})});
  for (const auto& term : {label_smoothing(), confidence_penalty()}) {
    const auto cost = [&](const torch::Tensor& o) { return value(term, model, o, class_targets()).mean(); };
    const auto leaf = at.clone().requires_grad_();
    const auto gradient = torch::autograd::grad({cost(leaf)}, {leaf})[0].flatten();
    for (int i = 0; i < at.numel(); ++i) {
      const auto step = 1e-5 * torch::one_hot(torch::tensor(i), at.numel()).to(torch::kFloat64).view_as(at);
      EXPECT_NEAR(gradient[i].item<double>(), ((cost(at + step) - cost(at - step)) / 2e-5).item<double>(), 1e-9);
    }
  }
}

TEST(Regularisers, RefuseValuesAndShades) {
  const auto o = torch::zeros({1, 4, 2}, torch::kFloat64), y = torch::zeros({4, 2}, torch::kFloat64);
  for (const auto& likelihood : {Likelihood::gaussian(), Likelihood::shades()})
    for (const auto& term : {label_smoothing(), confidence_penalty()})
      EXPECT_THROW(value(term, model_of(likelihood, 2), o, y), c10::Error);
}

// A deterministic model that stands still: its log can be computed beside it.
TEST(Regularisers, StandInTheLogByTheirNamesAsMeansOverTheWeightedExamples) {
  auto data = test::clouds(40);
  data.weights = torch::where(data.targets == 1, 3.0, 0.5);
  auto model = test::small_model(/*deterministic=*/true);
  torch::NoGradGuard no_grad;
  const auto logits = model->forward(data.inputs).decoded[0].to(torch::kFloat64);
  const auto log_q = at::log_softmax(logits, -1);
  const auto d = cross_entropy(logits, data.targets), smoothing = -log_q.mean(-1) - d;
  const auto penalty = (log_q.exp() * log_q).sum(-1);
  const auto bits = [&](const torch::Tensor& x) { return to_bits((x * data.weights).mean().item<double>()); };

  torch::AutoGradMode with_gradients(true);
  Objective objective;
  objective.add("label_smoothing", 0.1, label_smoothing()).add("confidence_penalty", 0.2, confidence_penalty());
  Trainer trainer(model, TrainerOptions().epochs(1).batch_size(10).learning_rate(1e-12).objective(objective));
  const auto& train = trainer.fit(data).back().train;
  EXPECT_NEAR(train["label_smoothing_bits"], bits(smoothing), 1e-5);
  EXPECT_NEAR(train["confidence_penalty_bits"], bits(penalty), 1e-5);
  EXPECT_NEAR(train["distortion_bits"], bits(d), 1e-5);
  EXPECT_NEAR(train["loss_bits"], bits(d + 0.1 * smoothing + 0.2 * penalty), 1e-5);
}

// What an epoch is judged by: D + β R alone.
TEST(Regularisers, AreNoPartOfWhatAnEpochIsJudgedBy) {
  EXPECT_EQ(Objective().add("label_smoothing", 0.1, label_smoothing()).cost(2, 3, 0.5), 3.5);
}

}  // namespace
}  // namespace vib
