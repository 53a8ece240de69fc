// Several models trained as one against the same models trained one by one.

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/functional/dropout.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "tests/train/toy_problem.h"
#include "vib/core/error.h"
#include "vib/core/random.h"
#include "vib/core/units.h"
#include "vib/nn/dropout.h"
#include "vib/nn/encoder/conv.h"
#include "vib/nn/replicable.h"
#include "vib/nn/weights.h"
#include "vib/objective/regularisers.h"
#include "vib/train/trainer.h"

namespace vib {
namespace {

using torch::nn::BatchNorm1d, torch::nn::BatchNorm2d, torch::nn::Conv1d, torch::nn::Conv2d, torch::nn::Embedding,
    torch::nn::GroupNorm, torch::nn::LayerNorm, torch::nn::Linear;

constexpr double kDropout = 0.25;
constexpr std::int64_t kBatch = 32;
constexpr std::int64_t kWidth = 12;

using Mask = std::function<torch::Tensor(const torch::Tensor&)>;

/// A trunk of any layers, then dropout whose masks come from the caller: LibTorch's own draws, or fed in.
struct TestNetImpl : torch::nn::Cloneable<TestNetImpl> {
  std::function<torch::nn::Sequential()> make;
  std::function<torch::Tensor(const torch::Tensor&)> prepare;
  Mask dropout;
  torch::nn::Sequential trunk{nullptr};

  TestNetImpl(std::function<torch::nn::Sequential()> make, std::function<torch::Tensor(const torch::Tensor&)> prepare,
              Mask dropout)
      : make(std::move(make)), prepare(std::move(prepare)), dropout(std::move(dropout)) {
    reset();
  }
  void reset() override { trunk = register_module("trunk", make()); }
  torch::Tensor forward(const torch::Tensor& x) {
    const auto features = trunk->forward(prepare(x));
    return is_training() ? dropout(features) : features;
  }
};
TORCH_MODULE(TestNet);

struct MaxOverTimeImpl : torch::nn::Cloneable<MaxOverTimeImpl> {
  void reset() override {}
  torch::Tensor forward(const torch::Tensor& x) { return std::get<0>(x.max(-1)); }
};
TORCH_MODULE(MaxOverTime);

struct TransposeImpl : torch::nn::Cloneable<TransposeImpl> {
  void reset() override {}
  torch::Tensor forward(const torch::Tensor& x) { return x.transpose(1, 2); }
};
TORCH_MODULE(Transpose);

struct ReluImpl : torch::nn::Cloneable<ReluImpl> {
  void reset() override {}
  torch::Tensor forward(const torch::Tensor& x) { return x.relu(); }
};
TORCH_MODULE(Relu);

struct Network {
  std::string name;
  std::function<torch::nn::Sequential()> make;
  std::function<torch::Tensor(const torch::Tensor&)> prepare;
};

// The clouds' four numbers become what each network eats: themselves, small images, or words. No bias stands before a
// batch normalisation: its gradient is zero but for rounding, which Adam would make steps of.
std::vector<Network> networks() {
  return {{"mlp",
           [] {
             return torch::nn::Sequential(Linear(torch::nn::LinearOptions(4, 16).bias(false)), BatchNorm1d(16), Relu(),
                                          Linear(16, kWidth), LayerNorm(torch::nn::LayerNormOptions({kWidth})));
           },
           [](const torch::Tensor& x) { return x; }},
          {"convolution",
           [] {
             return torch::nn::Sequential(Conv2d(torch::nn::Conv2dOptions(1, 6, 2).bias(false)), BatchNorm2d(6), Relu(),
                                          GroupNorm(torch::nn::GroupNormOptions(2, 6)), torch::nn::Flatten(),
                                          Linear(6 * 9, kWidth));
           },
           [](const torch::Tensor& x) { return x.unsqueeze(1).unsqueeze(-1) * x.unsqueeze(1).unsqueeze(1); }},
          {"embedding",
           [] {
             return torch::nn::Sequential(Embedding(20, 6), Transpose(), Conv1d(torch::nn::Conv1dOptions(6, kWidth, 2)),
                                          Relu(), MaxOverTime());
           },
           [](const torch::Tensor& x) { return (x * 4 + 10).clamp(0, 19).to(torch::kInt64); }}};
}

VibModel make_model(const Network& network, std::uint64_t seed, bool deterministic, Mask dropout) {
  torch::manual_seed(seed);
  VibModelOptions options(kWidth, 3, 3);
  options.bottleneck().deterministic(deterministic);
  return VibModel(TestNet(network.make, network.prepare, std::move(dropout)), options);
}

struct Setting {
  std::string name;
  UpdateRule rule;
  bool moving_beta;
  bool deterministic;
  double clip_norm;
};

class Equivalence : public testing::TestWithParam<std::tuple<int, Setting>> {};

// The proof of the machine: replicas that differ in β and seed follow the single runs of these, given the same noise.
// Dropout masks are drawn for all replicas at once from LibTorch's generator; the single runs are fed their part.
TEST_P(Equivalence, ReplicasFollowTheirSingleRuns) {
  const auto network = networks()[std::get<0>(GetParam())];
  const auto setting = std::get<1>(GetParam());
  const auto train = test::clouds(3 * kBatch), validation = test::clouds(40, 2);
  const std::vector<std::uint64_t> seeds = {5, 5, 6};
  const std::vector<Schedule> betas = {setting.moving_beta ? linear(0, 0.3, 2) : constant(0.3), constant(1e-3),
                                       constant(0.05)};
  const auto replicas = static_cast<std::int64_t>(seeds.size());
  const auto options = TrainerOptions()
                           .epochs(3)
                           .batch_size(kBatch)
                           .samples(2)
                           .learning_rate(setting.rule == UpdateRule::kSgd ? 0.05 : 3e-3)
                           .optimizer(OptimizerOptions().type(setting.rule).clip_norm(setting.clip_norm))
                           .ema(0.8)
                           .seed(9)
                           .order_seed(1);

  const auto draw = [](const torch::Tensor& x) { return torch::dropout(x, kDropout, /*train=*/true); };
  std::vector<Replica> together;
  for (std::int64_t r = 0; r < replicas; ++r)
    together.push_back({make_model(network, seeds[r], setting.deterministic, draw), betas[r], seeds[r]});
  testing::internal::CaptureStderr();
  Trainer group(together, options);
  group.fit(train, validation);
  // LibTorch warns where vmap has no rule for an operation and falls back to a slow loop.
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::Not(testing::HasSubstr("batching rule")));

  torch::manual_seed(derive_seed(9, Stream::dropout));
  std::vector<torch::Tensor> masks;
  for (int step = 0; step < 9; ++step)
    masks.push_back(torch::empty({replicas, kBatch, kWidth}).bernoulli_(1 - kDropout).div_(1 - kDropout));

  for (std::int64_t r = 0; r < replicas; ++r) {
    SCOPED_TRACE(r);
    std::size_t step = 0;
    auto model = make_model(network, seeds[r], setting.deterministic,
                            [&](const torch::Tensor& x) { return x * masks.at(step++)[r]; });
    Trainer single(model, TrainerOptions(options).beta(betas[r]).seed(seeds[r]));
    single.fit(train, validation);
    ASSERT_EQ(group.history(r).size(), single.history().size());
    for (std::size_t e = 0; e < single.history().size(); ++e) {
      const auto &a = group.history(r)[e], &b = single.history()[e];
      EXPECT_NEAR(a.train["loss_bits"], b.train["loss_bits"], 2e-5 * b.train["loss_bits"]);
      EXPECT_NEAR(a.train["distortion_bits"], b.train["distortion_bits"], 2e-5 * b.train["distortion_bits"]);
      EXPECT_NEAR(a.train.find("rate_bits").value_or(0), b.train.find("rate_bits").value_or(0), 2e-5);
      EXPECT_EQ(a.train["error"], b.train["error"]);
      EXPECT_NEAR((*a.validation)["nll_bits"], (*b.validation)["nll_bits"], 2e-5);
      EXPECT_NEAR((*a.validation_raw)["nll_bits"], (*b.validation_raw)["nll_bits"], 2e-5);
      EXPECT_EQ(a.beta, b.beta);
    }
    EXPECT_EQ(group.best_epoch(r), single.best_epoch());
    const auto weights = group.chosen_weights(r), expected = single.chosen_weights();
    ASSERT_EQ(weights.averaged.keys(), expected.averaged.keys());
    for (const auto& item : expected.averaged) {
      EXPECT_TRUE(torch::allclose(weights.averaged[item.key()], item.value(), 1e-4, 2e-5)) << item.key();
      EXPECT_TRUE(torch::allclose(weights.raw[item.key()], expected.raw[item.key()], 1e-4, 2e-5)) << item.key();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, Equivalence,
    testing::Combine(testing::Values(0, 1, 2),
                     testing::Values(Setting{"adam", UpdateRule::kAdam, false, false, 0},
                                     Setting{"adamw_clipped", UpdateRule::kAdamW, true, false, 0.1},
                                     Setting{"sgd", UpdateRule::kSgd, true, false, 0},
                                     Setting{"deterministic", UpdateRule::kAdam, false, true, 0})),
    [](const auto& info) { return networks()[std::get<0>(info.param)].name + "_" + std::get<1>(info.param).name; });

std::vector<Replica> small_replicas() {
  return {{test::small_model(false, 1), 1e-3, 1}, {test::small_model(false, 2), 0.1, 2}};
}

TrainerOptions quick() { return TrainerOptions().epochs(2).batch_size(32).learning_rate(1e-2); }

void expect_same_bits(const TensorMap& a, const TensorMap& b) {
  ASSERT_EQ(a.keys(), b.keys());
  for (const auto& item : a) EXPECT_TRUE(torch::equal(item.value(), b[item.key()])) << item.key();
}

TEST(Replicas, StartFromTheWeightsOfTheirSingleRuns) {
  auto replicas = small_replicas();
  const auto before = copy_weights(*replicas[1].model);
  const Trainer trainer(replicas, quick());
  expect_same_bits(trainer.chosen_weights(1).raw, before);
  expect_same_bits(copy_weights(*replicas[1].model), before);
}

TEST(Replicas, LeaveOrdinaryModelsBehind) {
  auto replicas = small_replicas();
  TensorMap chosen;
  {
    Trainer trainer(replicas, quick().ema(0.9));
    trainer.fit(test::clouds(100), test::clouds(30, 2));
    chosen = trainer.chosen_weights(1).averaged;
  }
  expect_same_bits(copy_weights(*replicas[1].model), chosen);
  for (const auto& p : replicas[1].model->parameters()) {
    EXPECT_TRUE(p.is_contiguous());
    EXPECT_EQ(p.storage().nbytes(), p.nbytes());  // no view of the others any more
  }
  auto fresh = test::small_model();
  load_weights(*fresh, chosen, "weights.pt");
  EXPECT_EQ(evaluate(fresh, test::clouds(30, 2))["nll_bits"],
            evaluate(replicas[1].model, test::clouds(30, 2))["nll_bits"]);
}

TEST(Replicas, LeaveBuffersOfTheirOwnBehind) {
  const auto make = [](std::uint64_t seed) { return make_model(networks()[0], seed, false, nullptr); };
  std::vector<Replica> replicas = {{make(1), 0.1, 1}, {make(2), 0.1, 2}};
  { const Trainer trainer(replicas, quick()); }
  const auto a = replicas[0].model->buffers(), b = replicas[1].model->buffers();
  ASSERT_FALSE(a.empty());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_FALSE(a[i].is_alias_of(b[i])) << i;
}

// Masks of LibTorch's own dropout differ between replicas that are otherwise the same.
TEST(Replicas, HaveDropoutOfTheirOwn) {
  const auto draw = [](const torch::Tensor& x) { return torch::dropout(x, 0.5, true); };
  const auto network = networks()[0];
  std::vector<Replica> twins = {{make_model(network, 1, true, draw), 0.0, 1},
                                {make_model(network, 1, true, draw), 0.0, 1}};
  Trainer trainer(twins, quick().epochs(1));
  trainer.fit(test::clouds(100));
  EXPECT_NE(trainer.history(0)[0].train["loss_bits"], trainer.history(1)[0].train["loss_bits"]);
}

TEST(Replicas, OneThatBreaksIsGivenUpAndTheOthersFinish) {
  auto replicas = small_replicas();
  replicas[0].beta = Schedule([](double epoch) { return epoch < 1 ? 1e-3 : std::numeric_limits<double>::infinity(); });
  auto alone = small_replicas()[1];
  Trainer trainer(replicas, quick().epochs(4).order_seed(1));
  trainer.fit(test::clouds(100), test::clouds(40, 2));
  EXPECT_TRUE(trainer.finished());
  EXPECT_THAT(trainer.failure(0), testing::HasSubstr("training broke at epoch 2, step 1"));
  EXPECT_LT(trainer.history(0).size(), 4u);
  EXPECT_TRUE(trainer.failure(1).empty());
  ASSERT_EQ(trainer.history(1).size(), 4u);

  Trainer single(alone.model, quick().epochs(4).beta(0.1).seed(2).order_seed(1));
  single.fit(test::clouds(100), test::clouds(40, 2));
  EXPECT_NEAR(trainer.history(1).back().train["loss_bits"], single.history().back().train["loss_bits"], 1e-4);
}

TEST(Replicas, OneThatWasGivenUpStaysSoInTheState) {
  const auto replicas = [] {
    auto both = small_replicas();
    both[0].beta = std::numeric_limits<double>::infinity();
    return both;
  };
  TensorMap saved;
  Trainer trainer(replicas(), quick().on_epoch([&](const Trainer& t) {
    if (t.epoch() == 1) saved = t.state();
  }));
  trainer.fit(test::clouds(100));
  Trainer resumed(replicas(), quick());
  resumed.load_state(saved, "checkpoint.pt");
  EXPECT_THAT(resumed.failure(0), testing::HasSubstr("training broke at epoch 1, step 1"));
  resumed.fit(test::clouds(100));
  EXPECT_EQ(resumed.failure(0), trainer.failure(0));
}

TEST(Replicas, TellWhoseWeightsWereEvaluated) {
  std::vector<std::int64_t> told;
  auto replicas = small_replicas();
  Trainer trainer(replicas, quick().epochs(1).on_evaluation([&](const Evaluation& e) {
    EXPECT_EQ(e.model.ptr(), replicas[e.replica].model.ptr());
    told.push_back(e.replica);
  }));
  trainer.fit(test::clouds(100), test::clouds(40, 2));
  EXPECT_THAT(told, testing::ElementsAre(0, 1));
}

TEST(Replicas, StopEarlyEachOnItsOwn) {
  auto replicas = small_replicas();
  replicas[0].beta = 30.0;  // collapses, so that its best epoch is an early one
  Trainer trainer(replicas, quick().epochs(12).patience(2));
  trainer.fit(test::clouds(300), test::clouds(60, 2));
  for (const auto r : {0, 1}) {
    const auto epochs = static_cast<std::int64_t>(trainer.history(r).size());
    EXPECT_TRUE(epochs == 12 || epochs == trainer.best_epoch(r) + 2) << r;
  }
  EXPECT_NE(trainer.history(0).size(), trainer.history(1).size());
  EXPECT_EQ(trainer.history(0).back().replicas, 2);
}

class ReplicaResume : public testing::TestWithParam<std::tuple<Precision, int>> {};

TEST_P(ReplicaResume, ContinuesToTheSameBits) {
  const auto [precision, stop_at] = GetParam();
  const auto train = test::clouds(100), validation = test::clouds(40, 2);
  const auto options = quick().ema(0.9).precision(precision);
  const auto draw = [](const torch::Tensor& x) { return torch::dropout(x, kDropout, true); };
  const auto make = [&, precision = precision] {
    std::vector<Replica> replicas;
    // Batch normalisation is there in float32; the embedding network has none.
    const auto network = networks()[precision == Precision::kFloat32 ? 0 : 2];
    for (const std::uint64_t seed : {1, 2}) replicas.push_back({make_model(network, seed, false, draw), 0.01, seed});
    return replicas;
  };
  Trainer whole(make(), options);
  whole.fit(train, validation);

  TensorMap saved;
  {
    int steps = 0;
    Trainer first(make(), TrainerOptions(options).stop([&] { return steps++ == stop_at; }));
    first.fit(train, validation);
    ASSERT_FALSE(first.finished());
    saved = first.state();
  }
  Trainer second(make(), options);
  second.load_state(saved, "checkpoint.pt");
  second.fit(train, validation);
  for (const auto r : {0, 1}) {
    expect_same_bits(whole.chosen_weights(r).averaged, second.chosen_weights(r).averaged);
    for (std::size_t e = 0; e < whole.history(r).size(); ++e) {
      EXPECT_EQ(whole.history(r)[e].train["loss_bits"], second.history(r)[e].train["loss_bits"]);
      EXPECT_EQ((*whole.history(r)[e].validation)["nll_bits"], (*second.history(r)[e].validation)["nll_bits"]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AtAnyStep, ReplicaResume,
                         testing::Combine(testing::Values(Precision::kFloat32, Precision::kBfloat16),
                                          testing::Values(0, 2, 4, 7)));

TEST(Replicas, Bfloat16FollowsFloat32) {
  const auto loss = [](Precision precision) {
    Trainer trainer(small_replicas(), quick().precision(precision));
    trainer.fit(test::clouds(300));
    return trainer.history(1).back().train["loss_bits"];
  };
  const auto full = loss(Precision::kFloat32), reduced = loss(Precision::kBfloat16);
  EXPECT_NE(full, reduced);
  EXPECT_NEAR(full, reduced, 0.03 * full);
}

/// A layer of the user's own, with a parameter that no LibTorch layer holds.
struct OwnScaleImpl : torch::nn::Cloneable<OwnScaleImpl> {
  OwnScaleImpl() { reset(); }
  void reset() override { scale = register_parameter("scale", torch::ones({4})); }
  torch::Tensor forward(const torch::Tensor& x) { return x * scale; }
  torch::Tensor scale;
};
TORCH_MODULE(OwnScale);

TEST(Replicas, NameTheModuleThatCannotBeReplicated) {
  const auto make = [] { return VibModel(OwnScale(), VibModelOptions(4, 2, 3)); };
  auto model = make();
  EXPECT_THAT(why_not_replicable(*model).value_or(""), testing::HasSubstr("\"backbone.scale\""));
  EXPECT_FALSE(why_not_replicable(*test::small_model(), true).has_value());
  auto normalised = make_model(networks()[0], 1, true, nullptr);
  EXPECT_FALSE(why_not_replicable(*normalised).has_value());
  EXPECT_THAT(why_not_replicable(*normalised, true).value_or(""), testing::HasSubstr("\"backbone.trunk.1\""));
  EXPECT_THROW(Trainer({{make(), 0.1, 1}, {make(), 0.1, 2}}, quick()), Error);
  Trainer alone(make(), quick());  // one by one it trains
  EXPECT_EQ(alone.fit(test::clouds(100)).size(), 2u);
}

/// The library's own network with dropout, whose masks are drawn for it.
VibModel dropping_model(std::uint64_t seed) {
  torch::manual_seed(seed);
  return VibModel(Mlp(MlpOptions(4).hidden({16, 16}).dropout(0.4)), VibModelOptions(16, 4, 3));
}

// Noise, masks and validation draws are those of the trial's own seed, whatever company it trains in.
TEST(Replicas, EqualTheirSingleRunsWithDropoutAndInValidation) {
  const auto train = test::clouds(128), validation = test::clouds(60, 2);
  const auto options = quick().epochs(4).order_seed(1).evaluate(EvaluateOptions().samples(3));
  const std::vector<std::uint64_t> seeds = {1, 2, 2};
  std::vector<Replica> replicas;
  for (const auto seed : seeds) replicas.push_back({dropping_model(seed), 0.01, seed, seed});
  Trainer group(replicas, options);
  group.fit(train, validation);
  for (std::size_t r = 0; r < seeds.size(); ++r) {
    SCOPED_TRACE(r);
    Trainer single(dropping_model(seeds[r]), TrainerOptions(options).beta(0.01).seed(seeds[r]).evaluate(
                                                 EvaluateOptions().samples(3).seed(seeds[r])));
    single.fit(train, validation);
    for (std::size_t e = 0; e < 4; ++e) {
      const auto &a = group.history(r)[e], &b = single.history()[e];
      EXPECT_NEAR(a.train["loss_bits"], b.train["loss_bits"], 2e-5);
      EXPECT_NEAR((*a.validation)["nll_bits"], (*b.validation)["nll_bits"], 2e-5);
    }
    EXPECT_EQ(group.best_epoch(r), single.best_epoch());
  }
  EXPECT_NE(group.history(0).back().train["loss_bits"], group.history(1).back().train["loss_bits"]);
}

TEST(Replicas, EqualTheirSingleRunsUnderEveryRegulariser) {
  const auto make = [](std::uint64_t seed, bool deterministic) {
    torch::manual_seed(seed);
    VibModelOptions options(16, 4, 3);
    options.bottleneck().deterministic(deterministic);
    return VibModel(Mlp(MlpOptions(4).hidden({16}).dropout(0.4).input_dropout(0.2)), options);
  };
  Objective objective;
  objective.add("label_smoothing", 0.1, label_smoothing()).add("confidence_penalty", 0.3, confidence_penalty());
  auto train = test::clouds(128);
  train.weights = torch::where(train.targets == 1, 2.0, 0.5);
  const auto options = quick().samples(3).order_seed(1).objective(objective).optimizer(
      OptimizerOptions().type(UpdateRule::kAdamW).weight_decay(0.1));
  for (const bool deterministic : {false, true}) {
    Trainer group({{make(1, deterministic), 0.01, 1}, {make(2, deterministic), 0.01, 2}}, options);
    group.fit(train);
    for (const std::uint64_t seed : {1, 2}) {
      auto model = make(seed, deterministic);
      Trainer single(model, TrainerOptions(options).beta(0.01).seed(seed));
      single.fit(train);
      const auto &a = group.history(static_cast<std::int64_t>(seed) - 1).back().train,
                 &b = single.history().back().train;
      for (const auto name : {"loss_bits", "label_smoothing_bits", "confidence_penalty_bits"})
        EXPECT_NEAR(a[name], b[name], 2e-5) << name;
      double squares = 0;
      for (const auto& p : model->parameters()) squares += p.detach().square().sum().item<double>();
      EXPECT_NEAR(b["weight_decay_bits"], to_bits(0.5 * 0.1 * squares), 1e-4);
      EXPECT_NEAR(a["weight_decay_bits"], b["weight_decay_bits"], 1e-4);
    }
  }
  Trainer without(make(1, false), quick());
  EXPECT_FALSE(without.fit(train).back().train.find("weight_decay_bits"));
}

TEST(Replicas, ResumeWithTheMasksOfTheirOwnSeeds) {
  const auto data = test::clouds(128);
  const auto replicas = [] { return std::vector<Replica>{{dropping_model(1), 0.01, 1}, {dropping_model(2), 0.01, 2}}; };
  int steps = 0;
  Trainer whole(replicas(), quick()), first(replicas(), quick().stop([&] { return steps++ == 5; }));
  whole.fit(data);
  first.fit(data);
  Trainer second(replicas(), quick());
  second.load_state(first.state(), "checkpoint.pt");
  second.fit(data);
  for (const auto r : {0, 1}) expect_same_bits(whole.chosen_weights(r).raw, second.chosen_weights(r).raw);
}

// What a mask leaves is scaled up, so that the mean stays: a value of 1 becomes 0 or 1 / (1 - p).
TEST(Replicas, ScaleWhatTheirMasksLeave) {
  for (const std::size_t count : {1, 2}) {
    std::vector<VibModel> models;
    for (std::size_t r = 0; r < count; ++r) models.push_back(test::small_model(false, r));
    Replicas replicas(models);
    replicas.draw_masks_from({make_generator(torch::kCPU, 1)}, std::vector<std::size_t>(count, 0));
    const auto drop = [](VibModelImpl&, const Batch& b) {
      TensorMap dropped;
      dropped.insert("x", vib::dropout(b.x, 0.75, /*training=*/true));
      return dropped;
    };
    const auto x = replicas.map(drop, {torch::ones({10, 10}), {}, {}})["x"];
    EXPECT_TRUE(x.eq(0).logical_or(x.eq(4)).all().item<bool>()) << x;
    EXPECT_TRUE(x.eq(4).any().item<bool>());
  }
}

TEST(Replicas, FrozenParametersStayFrozen) {
  const auto make = [](std::uint64_t seed) {
    auto model = test::small_model(false, seed);
    model->named_parameters()["backbone.layers.0.weight"].requires_grad_(false);
    return model;
  };
  for (const auto rule : {UpdateRule::kAdam, UpdateRule::kSgd}) {
    for (const int count : {1, 3}) {
      std::vector<Replica> replicas;
      for (int r = 0; r < count; ++r) replicas.push_back({make(r), 0.01, 1});
      const auto before = copy_weights(*replicas.back().model);
      Trainer trainer(replicas, quick().ema(0.5).optimizer(OptimizerOptions().type(rule).weight_decay(0.1)));
      trainer.fit(test::clouds(64));
      const auto weights = trainer.chosen_weights(count - 1);
      EXPECT_TRUE(torch::equal(weights.raw["backbone.layers.0.weight"], before["backbone.layers.0.weight"])) << count;
      EXPECT_TRUE(torch::allclose(weights.averaged["backbone.layers.0.weight"], before["backbone.layers.0.weight"]));
      EXPECT_FALSE(torch::equal(weights.raw["backbone.layers.0.bias"], before["backbone.layers.0.bias"]));
    }
  }
}

/// A layer with a parameter of its own that says where it is.
struct OpenScaleImpl : torch::nn::Cloneable<OpenScaleImpl>, Replicable {
  OpenScaleImpl() { reset(); }
  void reset() override { scale = register_parameter("scale", torch::ones({4})); }
  torch::Tensor forward(const torch::Tensor& x) { return x * scale; }
  std::vector<torch::Tensor*> tensor_members() override { return {&scale}; }
  torch::Tensor scale;
};
TORCH_MODULE(OpenScale);

TEST(Replicas, TrainAModuleThatIsReplicableLikeASingleOne) {
  const auto make = [](std::uint64_t seed) {
    torch::manual_seed(seed);
    return VibModel(OpenScale(), VibModelOptions(4, 2, 3));
  };
  ASSERT_FALSE(why_not_replicable(*make(1)).has_value());
  Trainer group({{make(1), 0.01, 1}, {make(2), 0.1, 2}}, quick().order_seed(1));
  group.fit(test::clouds(96));
  Trainer single(make(2), quick().beta(0.1).seed(2).order_seed(1));
  single.fit(test::clouds(96));
  const auto a = group.chosen_weights(1).raw["backbone.scale"], b = single.chosen_weights().raw["backbone.scale"];
  EXPECT_TRUE(torch::allclose(a, b, 1e-5, 1e-6));
  EXPECT_FALSE(torch::allclose(a, torch::ones({4}), 1e-3, 1e-3));
}

// A function of one model, run on all: hidden activations by name.
TEST(Replicas, HandOutTheActivationsOfEachModel) {
  std::vector<VibModel> models = {test::small_model(false, 1), test::small_model(false, 2)};
  const auto x = test::clouds(10).inputs;
  std::vector<TensorMap> expected;
  {
    torch::NoGradGuard no_grad;
    for (auto& model : models) expected.push_back(model->activations(x));
  }
  Replicas replicas(models);
  torch::NoGradGuard no_grad;
  const auto all =
      replicas.map([](VibModelImpl& model, const Batch& b) { return model.activations(b.x); }, {x, {}, {}});
  ASSERT_EQ(all.keys(), (std::vector<std::string>{"encoder.hidden.0", "features", "mean"}));
  for (std::int64_t r = 0; r < 2; ++r)
    for (const auto& item : all)
      EXPECT_TRUE(torch::allclose(item.value()[r], expected[r][item.key()], 1e-5, 1e-6)) << item.key();
}

}  // namespace
}  // namespace vib
