#include "vib/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/dropout.h>

#include "tests/train/toy_problem.h"
#include "vib/core/error.h"
#include "vib/nn/weights.h"
#include "vib/objective/beta.h"

namespace vib {
namespace {

TrainerOptions quick() { return TrainerOptions().epochs(3).batch_size(32).learning_rate(1e-2).beta(1e-2); }

void expect_same_bits(const TensorMap& a, const TensorMap& b) {
  ASSERT_EQ(a.keys(), b.keys());
  for (const auto& item : a) EXPECT_TRUE(torch::equal(item.value(), b[item.key()])) << item.key();
}

bool same_bits(const TensorMap& a, const TensorMap& b) {
  return std::ranges::all_of(a, [&](const auto& item) { return torch::equal(item.value(), b[item.key()]); });
}

TEST(Trainer, LearnsToTellCloudsApart) {
  auto model = test::small_model();
  Trainer trainer(model, quick().epochs(20));
  trainer.fit(test::clouds(1000));
  EXPECT_LT(evaluate(model, test::clouds(1000, 2))["error"], 0.16);  // the Bayes error is about 0.12; chance is 0.67
}

TEST(Trainer, GivesTheSameBitsForTheSameSeed) {
  const auto data = test::clouds(100);
  const auto train = [&](std::uint64_t seed) {
    auto model = test::small_model();
    Trainer(model, quick().seed(seed)).fit(data);
    return copy_weights(*model);
  };
  const auto first = train(5);
  expect_same_bits(first, train(5));
  EXPECT_FALSE(same_bits(first, train(6)));
}

TEST(Trainer, DoesNotTrainOnGradientsThatAHookLeaves) {
  const auto data = test::clouds(100);
  const auto train = [&](bool leave) {
    auto model = test::small_model();
    Trainer(model, quick().on_step([&](const Trainer&) {
      if (leave) model->encode(data.inputs).mean().square().sum().backward();
    })).fit(data);
    return copy_weights(*model);
  };
  expect_same_bits(train(false), train(true));
}

// "every second batch skipped", "a last partial batch averaged as a full one", "running sums added to running sums":
// with a step too small to move anything, the epoch's means are those of the whole split, whatever the batches.
TEST(Trainer, TrainMetricsAreTheMeansOverEveryExampleOnce) {
  auto model = test::small_model(/*deterministic=*/true);
  const auto data = test::clouds(100);
  const auto expected = evaluate(model, data);
  Trainer trainer(model, quick().batch_size(32).learning_rate(1e-30));
  for (const auto& record : trainer.fit(data)) {
    EXPECT_NEAR(record.train["distortion_bits"], expected["distortion_bits"], 1e-5);
    EXPECT_NEAR(record.train["error"], expected["error"], 1e-6);
    EXPECT_FALSE(record.train.contains("rate_bits"));
  }
}

TEST(Trainer, TrainMetricsOfValuesAreThoseOfAnEvaluation) {
  auto data = test::clouds(100);
  data.targets = torch::Tensor(), data.classes = 0;  // the inputs themselves
  VibModelOptions options(16, 4, 4, Likelihood::gaussian());
  options.bottleneck().deterministic(true);
  VibModel model(Mlp(MlpOptions(4).hidden({16})), options);
  const auto expected = evaluate(model, data);
  Trainer trainer(model, quick().epochs(1).learning_rate(1e-30));
  EXPECT_NEAR(trainer.fit(data).back().train["rmse"], expected["rmse"], 1e-5);
}

// "cross-entropy in nats with KL in bits (or the reverse)": all three are in bits, and add up with β.
TEST(Trainer, LossDistortionAndRateShareTheirUnit) {
  auto model = test::small_model();
  const auto data = test::clouds(96);
  const auto expected = evaluate(model, data);
  Trainer trainer(model, quick().beta(0.25).learning_rate(1e-30));
  const auto& record = trainer.fit(data).front();
  EXPECT_NEAR(record.train["loss_bits"], record.train["distortion_bits"] + 0.25 * record.train["rate_bits"], 1e-6);
  EXPECT_NEAR(record.train["rate_bits"], expected["rate_bits"], 1e-5);
}

// "a reused random key": with weights that stand still, only fresh noise tells one epoch from the next.
TEST(Trainer, DrawsFreshNoiseInEveryEpoch) {
  auto model = test::small_model();
  Trainer trainer(model, quick().batch_size(96).learning_rate(1e-30));
  const auto& history = trainer.fit(test::clouds(96));
  EXPECT_NE(history[0].train["distortion_bits"], history[1].train["distortion_bits"]);
}

TEST(Trainer, DropsTheLastBatchOnlyWhenTold) {
  const auto data = test::clouds(100);
  Trainer keeps(test::small_model(), quick().epochs(1)), drops(test::small_model(), quick().epochs(1).drop_last(true));
  EXPECT_EQ(keeps.fit(data).back().step, 4);
  EXPECT_EQ(drops.fit(data).back().step, 3);
}

TEST(Trainer, RecordsBetaAndLearningRateOfTheEpochsLastStep) {
  Trainer trainer(test::small_model(),
                  quick().batch_size(25).beta(linear(0, 1, 2)).learning_rate(staircase(1, 0.5, 1)));
  const auto& history = trainer.fit(test::clouds(100));
  EXPECT_NEAR(history[0].beta, 3 / 7.0, 1e-12);  // at step 3 of 0 to 7, of which the last reaches the target
  EXPECT_NEAR(history[1].beta, 1.0, 1e-12);
  EXPECT_NEAR(history[2].beta, 1.0, 1e-12);
  EXPECT_EQ(history[1].learning_rate, 0.5);
  EXPECT_EQ(history[1].step, 8);
}

// "EMA built and never used": the model ends with the average, and validation sees both.
TEST(Trainer, EndsWithTheAveragedWeights) {
  auto model = test::small_model();
  Trainer trainer(model, quick().ema(0.9));
  const auto& record = trainer.fit(test::clouds(200), test::clouds(50, 2)).back();
  const auto weights = trainer.chosen_weights();
  EXPECT_FALSE(same_bits(weights.averaged, weights.raw));
  expect_same_bits(copy_weights(*model), weights.averaged);
  ASSERT_TRUE(record.validation && record.validation_raw);
  EXPECT_NE((*record.validation)["nll_bits"], (*record.validation_raw)["nll_bits"]);
}

TEST(Trainer, ChoosesTheBestValidationEpoch) {
  auto model = test::small_model();
  const auto validation = test::clouds(60, 2);
  // A learning rate that is good at first and ruinous later: the best epoch is not the last.
  Trainer trainer(model, quick().epochs(6).learning_rate(piecewise({{2, 1e-2}, {3, 3.0}})));
  const auto& history = trainer.fit(test::clouds(300), validation);
  const auto best =
      std::ranges::min_element(history, {}, [](const EpochRecord& r) { return (*r.validation)["nll_bits"]; });
  EXPECT_EQ(trainer.best_epoch(), best->epoch);
  EXPECT_LT(trainer.best_epoch(), 6);
  EXPECT_EQ(evaluate(model, validation)["nll_bits"], (*best->validation)["nll_bits"]);
}

TEST(Trainer, StopsEarlyWhenPatienceEnds) {
  Trainer trainer(test::small_model(), quick().epochs(50).patience(2).learning_rate(piecewise({{2, 1e-2}, {3, 3.0}})));
  const auto& history = trainer.fit(test::clouds(300), test::clouds(60, 2));
  EXPECT_EQ(static_cast<std::int64_t>(history.size()), trainer.best_epoch() + 2);
  EXPECT_TRUE(trainer.finished());
}

TEST(Trainer, WithoutValidationReportsTheLastEpoch) {
  Trainer trainer(test::small_model(), quick());
  trainer.fit(test::clouds(100));
  EXPECT_EQ(trainer.best_epoch(), 3);
}

TEST(Trainer, StopsAtALossThatIsNoNumberAndNamesStepBetaRateAndTerm) {
  Trainer trainer(test::small_model(), quick().epochs(200).beta(0.5).learning_rate(1e18));
  try {
    trainer.fit(test::clouds(100));
    FAIL();
  } catch (const NonFiniteError& e) {
    const std::string message = e.what();
    for (const auto* part : {"epoch", "step", "beta 0.5", "learning rate 1e+18"})
      EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_TRUE(message.find("the distortion is") != std::string::npos ||
                message.find("the rate is") != std::string::npos)
        << message;
  }
}

TEST(Trainer, NoticesALossThatIsNoNumberInTheMiddleOfALongEpoch) {
  Trainer trainer(test::small_model(), quick().batch_size(1).beta(std::numeric_limits<double>::infinity()));
  EXPECT_THROW(trainer.fit(test::clouds(150)), NonFiniteError);
  EXPECT_EQ(trainer.step_in_epoch(), 100);
}

TEST(Trainer, RefusesANegativeBeta) {
  Trainer trainer(test::small_model(), quick().beta(-1));
  EXPECT_THROW(trainer.fit(test::clouds(100)), c10::Error);
}

TEST(Trainer, AValidationThatIsNeverANumberIsNoResult) {
  auto validation = test::clouds(40, 2);
  validation.inputs.fill_(std::numeric_limits<float>::infinity());
  Trainer trainer(test::small_model(), quick());
  EXPECT_THROW(trainer.fit(test::clouds(100), validation), DataError);
}

TEST(Trainer, BlamesTheDataThatAreNoNumbers) {
  auto data = test::clouds(100);
  data.name = "clouds";
  data.inputs[41][0] = std::numeric_limits<float>::quiet_NaN();
  Trainer trainer(test::small_model(), quick());
  try {
    trainer.fit(data);
    FAIL();
  } catch (const DataError& e) {
    EXPECT_TRUE(std::string(e.what()).starts_with("clouds: example 41 (counted from 0) holds a NaN")) << e.what();
  }
}

TEST(Trainer, AStateIsACopyThatFurtherTrainingDoesNotChange) {
  int steps = 0;
  Trainer trainer(test::small_model(), quick().ema(0.9).stop([&] { return steps++ == 2; }));
  trainer.fit(test::clouds(100));
  const auto state = trainer.state();
  TensorMap before;
  for (const auto& item : state) before.insert(item.key(), item.value().clone());
  trainer.fit(test::clouds(100));
  expect_same_bits(state, before);
}

VibModel model_with_state_everywhere() {
  torch::manual_seed(3);
  torch::nn::Sequential backbone(torch::nn::Linear(4, 16), torch::nn::BatchNorm1d(16), torch::nn::Dropout(0.3));
  VibModelOptions options(16, 4, 3);
  options.bottleneck().covariance(Covariance::kFull);
  return VibModel(backbone, options);
}

class Resume : public testing::TestWithParam<std::tuple<UpdateRule, Precision, int>> {};

// "history reset after loading", "β kept outside the checkpoint", "schedule state, EMA step or random state not saved":
// dropout, batch normalisation, an average, schedules and validation, interrupted at any step, give the same bits.
TEST_P(Resume, ContinuesToTheSameBits) {
  const auto [rule, precision, stop_at] = GetParam();
  const auto train = test::clouds(100), validation = test::clouds(40, 2);
  const auto options = quick()
                           .optimizer(OptimizerOptions().type(rule).clip_norm(1))
                           .precision(precision)
                           .ema(0.9)
                           .beta(linear(0, 0.1, 2))
                           .learning_rate(warmup(1e-2, 1));

  auto whole_model = model_with_state_everywhere();
  Trainer whole(whole_model, options);
  whole.fit(train, validation);

  TensorMap saved;
  {
    int steps = 0;
    auto interrupted = options;
    auto model = model_with_state_everywhere();
    Trainer first(model, interrupted.stop([&] { return steps++ == stop_at; }));
    first.fit(train, validation);
    ASSERT_FALSE(first.finished());
    saved = first.state();
  }
  auto model = model_with_state_everywhere();
  Trainer second(model, options);
  second.load_state(saved, "checkpoint.pt");
  second.fit(train, validation);

  expect_same_bits(copy_weights(*whole_model), copy_weights(*model));
  expect_same_bits(whole.chosen_weights().raw, second.chosen_weights().raw);
  ASSERT_EQ(whole.history().size(), second.history().size());
  for (std::size_t i = 0; i < whole.history().size(); ++i) {
    EXPECT_EQ(whole.history()[i].train["loss_bits"], second.history()[i].train["loss_bits"]);
    EXPECT_EQ((*whole.history()[i].validation)["nll_bits"], (*second.history()[i].validation)["nll_bits"]);
  }
}

INSTANTIATE_TEST_SUITE_P(AtAnyStep, Resume,
                         testing::Combine(testing::Values(UpdateRule::kAdam, UpdateRule::kSgd),
                                          testing::Values(Precision::kFloat32, Precision::kBfloat16),
                                          testing::Values(0, 2, 4, 9)));

TEST(Trainer, IsStoppedInAnEvaluationAndContinuesToTheSameBits) {
  const auto train = test::clouds(100), validation = test::clouds(40, 2);
  const auto options = quick().ema(0.9).beta(linear(0, 0.1, 2));
  auto whole_model = model_with_state_everywhere();
  Trainer whole(whole_model, options);
  whole.fit(train, validation);

  // Four steps and an evaluation of two sets of weights, 12 draws each, are an epoch.
  for (const int stop_at : {4, 5, 20, 29, 30 + 4}) {
    auto model = model_with_state_everywhere();
    int asked = 0;
    bool evaluated = false;
    auto interrupted = options;
    Trainer first(model, interrupted.stop([&] { return asked++ == stop_at; }).on_step([&](const Trainer& t) {
      evaluated = t.step_in_epoch() == t.steps_per_epoch();
    }));
    first.fit(train, validation);
    ASSERT_FALSE(first.finished());
    EXPECT_TRUE(evaluated) << "it was stopped in training";
    EXPECT_EQ(asked, stop_at + 1) << "it went on";
    EXPECT_EQ(first.epoch(), stop_at / 30);
    auto second_model = model_with_state_everywhere();
    Trainer second(second_model, options);
    second.load_state(first.state(), "checkpoint.pt");
    second.fit(train, validation);
    expect_same_bits(copy_weights(*whole_model), copy_weights(*second_model));
    ASSERT_EQ(whole.history().size(), second.history().size());
    for (std::size_t i = 0; i < whole.history().size(); ++i)
      EXPECT_EQ((*whole.history()[i].validation)["nll_bits"], (*second.history()[i].validation)["nll_bits"]);
  }
}

TEST(Trainer, RefusesTheStateOfAnotherModel) {
  Trainer trainer(test::small_model(), quick()), other(model_with_state_everywhere(), quick());
  EXPECT_THROW(trainer.load_state(other.state(), "checkpoint.pt"), StateError);
}

TEST(Trainer, Bfloat16FollowsFloat32AndLeavesFloat32Weights) {
  const auto data = test::clouds(300);
  const auto train = [&](Precision precision) {
    auto model = test::small_model();
    Trainer trainer(model, quick().precision(precision));
    const auto loss = trainer.fit(data).back().train["loss_bits"];
    for (const auto& p : model->parameters()) EXPECT_EQ(p.scalar_type(), torch::kFloat32);
    return loss;
  };
  const auto full = train(Precision::kFloat32), reduced = train(Precision::kBfloat16);
  EXPECT_NE(full, reduced);
  EXPECT_NEAR(full, reduced, 0.03 * full);
}

TEST(Trainer, MoreDrawsPerExampleMakeTheGradientLessNoisy) {
  // The spread of the distortion over epochs in which nothing moves is that of the draws alone.
  const auto data = test::clouds(96);
  const auto spread = [&](std::int64_t samples) {
    Trainer trainer(test::small_model(), quick().epochs(30).samples(samples).learning_rate(1e-30));
    std::vector<double> values;
    for (const auto& r : trainer.fit(data)) values.push_back(r.train["distortion_bits"]);
    return torch::tensor(values).std().item<double>();
  };
  EXPECT_LT(spread(16), 0.5 * spread(1));  // a quarter, in expectation
}

TEST(History, SurvivesPacking) {
  Trainer trainer(test::small_model(), quick().ema(0.5));
  const auto history = trainer.fit(test::clouds(100), test::clouds(30, 2));
  const auto copy = unpack_history(pack_history(history), "history");
  ASSERT_EQ(copy.size(), history.size());
  const auto packed = pack_history(history), again = pack_history(copy);
  for (const auto& item : packed) EXPECT_TRUE(torch::equal(again[item.key()], item.value())) << item.key();
  EXPECT_TRUE(copy[1].train.contains("error"));
  EXPECT_FALSE(copy[1].train.contains("rmse"));
  EXPECT_EQ((*copy[1].validation_raw)["izy_bits"], (*history[1].validation_raw)["izy_bits"]);
  EXPECT_EQ(copy[2].step, history[2].step);
  EXPECT_TRUE(unpack_history(pack_history({}), "history").empty());
}

// A table has a place for every number in every epoch: one that is not there is not 0, and NaN is a number.
TEST(History, KeepsWhichNumbersAnEpochHas) {
  History history(2);
  history[1].validation.emplace();
  history[1].validation->numbers.set("nll_bits", std::nan(""));
  const auto copy = unpack_history(pack_history(history), "history");
  EXPECT_FALSE(copy[0].validation);
  ASSERT_TRUE(copy[1].validation);
  EXPECT_TRUE(std::isnan((*copy[1].validation)["nll_bits"]));
}

TEST(Trainer, TellsOfEachStepEvaluationAndEpoch) {
  std::vector<std::string> told;
  double own_error = -1;
  const auto data = test::clouds(100);
  Trainer trainer(test::small_model(), quick()
                                           .epochs(2)
                                           .batch_size(50)
                                           .ema(0.9)
                                           .on_step([&](const Trainer&) { told.emplace_back("step"); })
                                           .on_evaluation([&](const Evaluation& e) {
                                             told.emplace_back(e.averaged ? "averaged" : "raw");
                                             EXPECT_FALSE(e.model->is_training());
                                             own_error = evaluate(e.model, e.data)["error"];  // a metric of one's own
                                             EXPECT_EQ(own_error, e.metrics["error"]);
                                           })
                                           .on_epoch([&](const Trainer&) { told.emplace_back("epoch"); }));
  trainer.fit(data, test::clouds(60, 2));
  const std::vector<std::string> epoch = {"step", "step", "averaged", "raw", "epoch"};
  auto expected = epoch;
  expected.insert(expected.end(), epoch.begin(), epoch.end());
  EXPECT_EQ(told, expected);
  EXPECT_EQ(own_error, (*trainer.history().back().validation_raw)["error"]);
}

TEST(Trainer, AStoppingRuleOfOnesOwnEndsItForGood) {
  const auto data = test::clouds(100), validation = test::clouds(60, 2);
  auto model = test::small_model();
  Trainer trainer(model, quick().epochs(9).enough([](const Trainer& t) { return t.epoch() == 4; }));
  trainer.fit(data, validation);
  EXPECT_TRUE(trainer.finished());
  EXPECT_EQ(trainer.history().size(), 4u);
  expect_same_bits(copy_weights(*model), trainer.chosen_weights().averaged);

  auto other = test::small_model();  // without validation: the last weights
  Trainer last(other, quick().epochs(9).enough([](const Trainer& t) { return t.epoch() == 2; }));
  last.fit(data);
  EXPECT_EQ(last.best_epoch(), 2);
  auto two = test::small_model();
  Trainer(two, quick().epochs(2)).fit(data);
  expect_same_bits(copy_weights(*other), copy_weights(*two));
}

TEST(Trainer, TakesAScheduleOfOnesOwn) {
  Trainer trainer(test::small_model(), quick().beta(Schedule([](double epoch) { return 0.5 * epoch; })));
  for (const auto& record : trainer.fit(test::clouds(64))) EXPECT_DOUBLE_EQ(record.beta, 0.5 * (record.epoch - 0.5));
}

TEST(Trainer, EpochsCompeteOnceBetaHasArrived) {
  auto model = test::small_model();
  Trainer trainer(model, quick().epochs(8).beta(linear(0, 1, 5)));
  const auto& history = trainer.fit(test::clouds(200), test::clouds(60, 2));
  EXPECT_EQ(history[4].beta, 1);
  EXPECT_LT(history[3].beta, 0.99);
  // Earlier epochs have the better likelihood, at a β that nobody asked for.
  const auto nll = [&](std::int64_t epoch) { return (*history[epoch - 1].validation)["nll_bits"]; };
  ASSERT_LT(nll(3), nll(trainer.best_epoch()));
  EXPECT_GE(trainer.best_epoch(), 5);

  Trainer patient(test::small_model(), quick().epochs(8).beta(linear(0, 1, 7)).patience(1));
  EXPECT_GE(patient.fit(test::clouds(200), test::clouds(60, 2)).size(), 7u);
}

// A cycle begins anew right behind the last step, which is the one that says where β arrives.
TEST(Trainer, EpochsCompeteAtTheBetaOfTheLastStep) {
  std::vector<std::int64_t> best;
  Trainer trainer(test::small_model(), quick().epochs(4).beta(cyclic(0, 1, 4)).on_epoch([&](const Trainer& t) {
    best.push_back(t.best_epoch());
  }));
  trainer.fit(test::clouds(100), test::clouds(40, 2));
  EXPECT_EQ(best[1], 0);
  EXPECT_EQ(best[2], 3);
}

// Their likelihood alone prefers a code that β does not hold back.
TEST(Trainer, ReconstructionsAreChosenByTheBound) {
  auto train = test::clouds(200), validation = test::clouds(60, 2);
  for (auto* data : {&train, &validation}) data->targets = torch::Tensor(), data->classes = 0;
  torch::manual_seed(3);
  VibModel model(Mlp(MlpOptions(4).hidden({16})), VibModelOptions(16, 4, 4, Likelihood::gaussian()));
  Trainer trainer(model, quick().epochs(12).beta(5));
  const auto& history = trainer.fit(train, validation);
  const auto best_by = [&](const std::function<double(const SplitMetrics&)>& number) {
    return std::ranges::min_element(history, {}, [&](const EpochRecord& r) { return number(*r.validation); })->epoch;
  };
  const auto by_bound = best_by([](const auto& m) { return m["distortion_bits"] + 5 * m["rate_bits"]; });
  ASSERT_NE(by_bound, best_by([](const auto& m) { return m["nll_bits"]; }));
  EXPECT_EQ(trainer.best_epoch(), by_bound);
}

// A learning rate that ruins the last step: the epoch before is the result, and without one the training has failed.
TEST(Trainer, WeightsThatEndAsNoNumbersAreNoResult) {
  const auto ruined = quick().epochs(2).learning_rate(
      Schedule([](double t) { return t < 1.9 ? 1e-3 : std::numeric_limits<double>::infinity(); }));
  Trainer trainer(test::small_model(), TrainerOptions(ruined).batch_size(20));
  trainer.fit(test::clouds(200), test::clouds(60, 2));
  EXPECT_EQ(trainer.best_epoch(), 1);
  EXPECT_THROW(Trainer(test::small_model(), TrainerOptions(ruined).batch_size(20)).fit(test::clouds(200)),
               NonFiniteError);
}

TEST(Trainer, EndsInEvaluationModeAndLeavesChildrenSetApartWhileItTrains) {
  auto model = model_with_state_everywhere();
  const auto normalisation = model->backbone.module()->children()[1];
  normalisation->eval();  // somebody keeps its running statistics
  const auto before = normalisation->named_buffers()["running_mean"].clone();
  Trainer trainer(model, quick().on_step([&](const Trainer&) {
    EXPECT_TRUE(model->is_training());
    EXPECT_FALSE(normalisation->is_training());
  }));
  trainer.fit(test::clouds(100));
  EXPECT_FALSE(model->is_training());
  EXPECT_TRUE(torch::equal(normalisation->named_buffers()["running_mean"], before));
}

TEST(Trainer, AnEndByEnoughIsInTheStateThatOnEpochSaves) {
  const auto data = test::clouds(100);
  TensorMap saved;
  const auto two = [](const Trainer& t) { return t.epoch() == 2; };
  const auto options = quick().ema(0.9);
  Trainer trainer(test::small_model(),
                  TrainerOptions(options).enough(two).on_epoch([&](const Trainer& t) { saved = t.state(); }));
  trainer.fit(data);
  Trainer resumed(test::small_model(), options);
  resumed.load_state(saved, "checkpoint.pt");
  EXPECT_TRUE(resumed.finished());
  EXPECT_EQ(resumed.fit(data).size(), 2u);
  expect_same_bits(resumed.chosen_weights().averaged, trainer.chosen_weights().averaged);
  expect_same_bits(resumed.chosen_weights().raw, trainer.chosen_weights().raw);
}

TEST(Trainer, TellsTheTrainingNumbersOfAStateBeforeItGoesOn) {
  int steps = 0;
  Trainer trainer(test::small_model(), quick().drop_last(true).stop([&] { return steps++ == 2; }));
  EXPECT_TRUE(trainer.train_metrics().empty());
  trainer.fit(test::clouds(100));
  Trainer resumed(test::small_model(), quick().drop_last(true));
  resumed.load_state(trainer.state(), "checkpoint.pt");
  EXPECT_EQ(resumed.steps_per_epoch(), 3);
  EXPECT_EQ(resumed.seconds_in_epoch(), trainer.seconds_in_epoch());
  EXPECT_EQ(resumed.train_metrics()["loss_bits"], trainer.train_metrics()["loss_bits"]);
  EXPECT_THROW(resumed.fit(test::clouds(99)), StateError);  // other data
}

TEST(Trainer, LeavesLibTorchsGeneratorAloneSoThatASecondOneChangesNothing) {
  const auto train = [](bool with_another) {
    auto model = model_with_state_everywhere();  // LibTorch's own dropout
    Trainer trainer(model, quick());
    torch::manual_seed(77);
    if (with_another) Trainer(test::small_model(), quick().seed(5)), torch::manual_seed(78);
    trainer.fit(test::clouds(100));
    return copy_weights(*model);
  };
  expect_same_bits(train(false), train(true));

  torch::manual_seed(1);
  const auto expected = torch::randn({3});
  auto model = model_with_state_everywhere();
  torch::manual_seed(1);
  Trainer(model, quick()).fit(test::clouds(100));
  EXPECT_TRUE(torch::equal(torch::randn({3}), expected));
}

TEST(Trainer, RefusesAStateWithoutNamesAsAnotherVersions) {
  Trainer trainer(test::small_model(), quick());
  auto state = trainer.state();
  TensorMap older;
  for (const auto& item : state)
    if (item.key() != "format") older.insert(item.key(), item.value());
  try {
    trainer.load_state(older, "checkpoint.pt");
    FAIL();
  } catch (const StateError& e) {
    EXPECT_NE(std::string(e.what()).find("checkpoint.pt: written by another version"), std::string::npos) << e.what();
  }
}

/// What an entry of a state may be turned into by damage or malice.
std::vector<torch::Tensor> hostile(const torch::Tensor& entry) {
  std::vector<torch::Tensor> values = {entry.unsqueeze(0),     torch::empty({0}, entry.options()),
                                       torch::empty({3, 0}),   entry.to(torch::kFloat64).add(0.5),
                                       entry.to(torch::kBool), entry.to(torch::kInt32)};
  if (entry.is_floating_point())
    for (const double number : {-1.0, 1e30, double{NAN}, double{INFINITY}})
      values.push_back(torch::full_like(entry, number));
  else if (entry.scalar_type() == torch::kInt64)
    for (const std::int64_t number : {-1LL, -1'000'000'000'000LL, 1'000'000'000'000LL, 1LL << 62})
      values.push_back(torch::full_like(entry, number));
  else
    for (const int number : {0, 1, 255}) values.push_back(torch::full_like(entry, number));
  return values;
}

// Whatever stands in a checkpoint is refused, or training goes on as far as the numbers allow.
TEST(Trainer, OutlivesAnyEntryOfAState) {
  const auto train = test::clouds(100), validation = test::clouds(40, 2);
  const auto options = quick().epochs(2).ema(0.9).beta(dual(DualOptions(1)));
  const auto checkpoint = [&](int stop_at) {
    int steps = 0;
    Trainer trainer(model_with_state_everywhere(), TrainerOptions(options).stop([&] { return steps++ == stop_at; }));
    trainer.fit(train, validation);
    return trainer.state();
  };
  for (const int stop_at : {6, 100}) {  // in the second epoch, and finished
    const auto whole = checkpoint(stop_at);
    int refused = 0, tried = 0;
    for (const auto& entry : whole) {
      for (const auto& value : hostile(entry.value())) {
        auto state = whole;
        state[entry.key()] = value;
        ++tried;
        try {
          Trainer trainer(model_with_state_everywhere(), options);
          trainer.load_state(state, "checkpoint.pt");
          trainer.fit(train, validation);
          EXPECT_LE(trainer.best_epoch(), static_cast<std::int64_t>(trainer.history().size())) << entry.key() << value;
          EXPECT_GE(trainer.best_epoch(), 1) << entry.key() << value;
        } catch (const StateError&) {
          ++refused;
        } catch (const NonFiniteError&) {
        } catch (const std::exception& error) {
          ADD_FAILURE() << entry.key() << value << error.what();
        }
      }
    }
    EXPECT_GT(refused, tried / 2);
  }
}

TEST(Trainer, NamesTheEntryThatCannotBe) {
  int steps = 0;
  Trainer trainer(test::small_model(),
                  quick().on_step([&](const Trainer&) { ++steps; }).stop([&] { return steps == 6; }));
  trainer.fit(test::clouds(100), test::clouds(40, 2));
  const auto refused = [&](const std::string& name, const torch::Tensor& value, const std::string& message) {
    auto state = trainer.state();
    state[name] = value;
    try {
      Trainer(test::small_model(), quick()).load_state(state, "checkpoint.pt");
      ADD_FAILURE() << name;
    } catch (const StateError& error) {
      EXPECT_EQ(std::string(error.what()), "checkpoint.pt: " + message + "; without this file training begins anew");
    }
  };
  const auto whole = [](std::int64_t number) { return torch::tensor(number, torch::kInt64); };
  refused("step_in_epoch", whole(-1'000'000'000'000),
          "cannot resume: \"step_in_epoch\" is -1000000000000, and must be a whole number from 0 to 4");
  refused("epoch", torch::tensor(1.0F), "cannot resume: \"epoch\" is Float[], and must be Long[]");
  refused("step", whole(5), "cannot resume: \"step\" is 5, and must be 6");
  refused("finished", whole(1), "cannot resume: \"finished\" is 1, and must be 1 where every replica is done, else 0");
  refused("seconds_in_epoch", torch::tensor(NAN, torch::kFloat64),
          "cannot resume: \"seconds_in_epoch\" is nan, and must be a finite number");
  refused("replica.0.selection.best_epoch", whole(1'000'000'000'000),
          "replica 0: cannot resume: \"best_epoch\" is 1000000000000, and must be a whole number from 0 to 1");
  refused("replica.0.done", whole(2),
          "replica 0: cannot resume: \"done\" is 2, and must be a whole number from 0 to 1");
  refused("generator.noise.0", torch::zeros_like(trainer.state()["generator.noise.0"]),
          "cannot resume: \"generator.noise.0\" is none, and must be the state of a random generator");
}

// Their conversion to a whole number would be undefined.
TEST(Trainer, RefusesAHistoryOfImpossibleCounts) {
  History history(1);
  history[0].epoch = 1;
  for (const double count : {-1.0, 0.5, 1e300, double{NAN}, double{INFINITY}}) {
    auto packed = pack_history(history);
    packed["values"][0][1] = count;  // the step
    EXPECT_THROW(unpack_history(packed, "checkpoint.pt"), StateError) << count;
  }
  EXPECT_EQ(unpack_history(pack_history(history), "checkpoint.pt").size(), 1);
}

TEST(Trainer, LogsEveryTermOfTheObjective) {
  Objective objective;
  objective.add("size", 0.5, [](const VibModelImpl&, const VibOutput& output, const Batch&) {
    return output.posterior.mean().square().sum(-1);
  });
  Trainer trainer(test::small_model(), quick().objective(objective).beta(0.25).learning_rate(1e-30));
  const auto& train = trainer.fit(test::clouds(96)).front().train;
  EXPECT_GT(train["size_bits"], 0);
  EXPECT_NEAR(train["loss_bits"], train["distortion_bits"] + 0.25 * train["rate_bits"] + 0.5 * train["size_bits"],
              1e-5);
  EXPECT_THROW(objective.add("rate", 1, nullptr), c10::Error);
}

// Clipped to next to nothing, SGD's step is next to nothing, too: also on the way that needs one pass over memory.
TEST(Trainer, ClipsTheGradientsOfOneModelAndOfEachReplica) {
  const auto moved = [](UpdateRule rule, double clip_norm, std::int64_t replicas) {
    std::vector<Replica> models;
    for (std::int64_t r = 0; r < replicas; ++r) models.push_back({test::small_model(false, r), 0.1, 1});
    const auto before = copy_weights(*models.back().model);
    // Adam's eps makes a small gradient a small step.
    const auto optimizer = OptimizerOptions().type(rule).clip_norm(clip_norm).eps(1).momentum(0);
    Trainer trainer(models, quick().epochs(1).batch_size(100).learning_rate(1).optimizer(optimizer));
    trainer.fit(test::clouds(100));
    double square = 0;
    for (const auto& item : trainer.chosen_weights(replicas - 1).raw)
      square += (item.value() - before[item.key()]).square().sum().item<double>();
    return std::sqrt(square);
  };
  for (const std::int64_t replicas : {1, 3}) {
    EXPECT_NEAR(moved(UpdateRule::kSgd, 1e-3, replicas), 1e-3, 1e-5) << replicas;
    EXPECT_GT(moved(UpdateRule::kSgd, 0, replicas), 0.1) << replicas;
    EXPECT_LT(moved(UpdateRule::kAdam, 1e-3, replicas), 2e-3) << replicas;
    EXPECT_GT(moved(UpdateRule::kAdam, 0, replicas), 0.1) << replicas;
  }
}

// In one batch a weight of 2 is an example that stands there twice.
TEST(Trainer, WeighsExamples) {
  auto weighted = test::clouds(40);
  weighted.weights = torch::ones({40});
  weighted.weights.slice(0, 0, 10).fill_(2);
  weighted.weights /= weighted.weights.mean();
  auto repeated = test::clouds(40).select(at::cat({torch::arange(40), torch::arange(10)}));
  const auto trained = [](const Dataset& data) {
    auto model = test::small_model(/*deterministic=*/true);
    OptimizerOptions sgd;
    sgd.type(UpdateRule::kSgd);
    Trainer trainer(model, TrainerOptions().epochs(3).batch_size(50).optimizer(sgd).learning_rate(constant(0.1)));
    trainer.fit(data, {});
    return copy_weights(*model);
  };
  const auto a = trained(weighted), b = trained(repeated);
  for (const auto& item : a) EXPECT_TRUE(item.value().allclose(b[item.key()], 0, 1e-6)) << item.key();
}

}  // namespace
}  // namespace vib
