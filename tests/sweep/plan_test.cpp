#include "vib/sweep/plan.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"
#include "vib/data/sets/mnist.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::Pair;

/// A folder of its own for each test, and in it the file "sweep.yaml".
class SweepPlanTest : public testing::Test {
 protected:
  fs::path path() const { return folder_ / "sweep.yaml"; }

  SweepPlan plan(const std::string& text, const std::vector<std::string>& arguments = {}) {
    std::ofstream(path(), std::ios::binary) << text;
    return plan_sweep(path(), arguments);
  }

  /// The message that planning ends with, `PATH/sweep.yaml` written as FILE.
  std::string mistake(const std::string& text, const std::vector<std::string>& arguments = {}) {
    try {
      plan(text, arguments);
    } catch (const ConfigError& e) {
      std::string message = e.what();
      const std::string name = path().string();
      for (std::size_t i = 0; (i = message.find(name, i)) != std::string::npos;)
        message.replace(i, name.size(), "FILE");
      return message;
    }
    return "none";
  }

  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path;
};

const std::string kBase = "train: {epochs: 3}\n";

std::vector<std::string> names(const SweepPlan& plan) {
  std::vector<std::string> names;
  for (const auto& trial : plan.trials) names.push_back(trial.name);
  return names;
}

std::vector<bool> baselines(const SweepPlan& plan) {
  std::vector<bool> flags;
  for (const auto& trial : plan.trials) flags.push_back(trial.baseline);
  return flags;
}

std::string dump(const Trial& trial) { return dump_experiment_config(trial.config); }

void expect_same(const SweepPlan& a, const SweepPlan& b) {
  EXPECT_EQ(a.resolved, b.resolved);
  EXPECT_EQ(a.keys, b.keys);
  EXPECT_EQ(a.groups, b.groups);
  EXPECT_EQ(baselines(a), baselines(b));
  ASSERT_EQ(names(a), names(b));
  for (std::size_t i = 0; i < a.trials.size(); ++i) {
    EXPECT_EQ(a.trials[i].values, b.trials[i].values);
    EXPECT_EQ(dump(a.trials[i]), dump(b.trials[i]));
  }
}

TEST_F(SweepPlanTest, EveryCombinationIsATrialTheLastAxisFastest) {
  const auto p = plan(kBase, {"objective.beta=1e-3,0.1", "seed=0..2"});
  EXPECT_THAT(p.keys, ElementsAre("objective.beta", "seed"));
  EXPECT_THAT(names(p), ElementsAre("beta-1e-3_seed-0", "beta-1e-3_seed-1", "beta-1e-3_seed-2", "beta-0.1_seed-0",
                                    "beta-0.1_seed-1", "beta-0.1_seed-2"));
  const auto& trial = p.trials[4];
  EXPECT_THAT(trial.values, ElementsAre(Pair("objective.beta", "0.1"), Pair("seed", "1")));
  EXPECT_FALSE(trial.baseline);
  // The order of the data is shared: the base's seed, 0, decides it.
  const std::vector<std::string> same = {"objective.beta=0.1", "seed=1", "train.order_seed=0"};
  EXPECT_EQ(dump(trial), dump_experiment_config(load_experiment_config(path(), same)));
  EXPECT_EQ(trial.config.train.epochs, 3);
}

TEST_F(SweepPlanTest, OverridesHoldForEveryTrial) {
  const auto p = plan(kBase, {"model.latent.dim=7", "seed=0,1", "optimizer.type=sgd"});
  ASSERT_EQ(p.trials.size(), 2u);
  for (const auto& trial : p.trials) {
    EXPECT_EQ(trial.config.model.bottleneck.latent(), 7);
    EXPECT_EQ(trial.config.optimizer.update.type(), UpdateRule::kSgd);
  }
  EXPECT_THAT(p.keys, ElementsAre("seed"));
}

TEST_F(SweepPlanTest, TheCommandLineReplacesTheFilesAxesInTheirPlaceAndAddsOthers) {
  const auto file = kBase + "sweep: {vary: [\"objective.beta=1,2\", seed=0..4], max_replicas: 4}\n";
  const auto p = plan(file, {"model.latent.dim=2,3", "objective.beta=log:1e-4:1e-2:2"});
  EXPECT_THAT(p.sweep.vary, ElementsAre("objective.beta=log:1e-4:1e-2:2", "seed=0..4", "model.latent.dim=2,3"));
  EXPECT_THAT(p.keys, ElementsAre("objective.beta", "seed", "model.latent.dim"));
  EXPECT_EQ(p.trials.size(), 2u * 5u * 2u);
  EXPECT_EQ(p.trials.front().name, "beta-1e-04_seed-0_dim-2");
  EXPECT_EQ(p.sweep.max_replicas, 4);

  const auto fixed = plan(file, {"seed=9", "sweep.max_replicas=2"});
  EXPECT_THAT(fixed.keys, ElementsAre("objective.beta"));
  EXPECT_EQ(fixed.trials.size(), 2u);
  EXPECT_EQ(fixed.trials[1].config.seed, 9u);
  EXPECT_EQ(fixed.sweep.max_replicas, 2);

  const auto other = plan(file, {"sweep.vary=[train.epochs=1..2]"});
  EXPECT_THAT(other.keys, ElementsAre("train.epochs"));
}

TEST_F(SweepPlanTest, NamesTakeAsMuchOfTheKeyAsTellsItApart) {
  const auto p = plan(kBase, {"model.decoder.type=mlp", "model.encoder.hidden=[8,8],[]", "model.decoder.hidden=[4],[5]",
                              "data.seed=0,1", "seed=0,1", "optimizer.lr=1e-3,+1e-2"});
  EXPECT_EQ(p.trials.front().name, "encoder.hidden-8-8_decoder.hidden-4_data.seed-0_seed-0_lr-1e-3");
  EXPECT_EQ(p.trials.back().name, "encoder.hidden_decoder.hidden-5_data.seed-1_seed-1_lr-+1e-2");
}

TEST_F(SweepPlanTest, NamesAreUniqueDirectoryNamesOnEveryFileSystem) {
  const std::string long_name(300, 'x');
  const auto p = plan(kBase, {"data.name=mnist", "data.root=a/b,a:b,A b,\"ä?\"," + long_name + "1," + long_name + "2"});
  EXPECT_THAT(names(p), ElementsAre("root-a-b", "root-a-b_2", "root-A-b_3", "root", "root-" + std::string(115, 'x'),
                                    "root-" + std::string(115, 'x') + "_2"));
  EXPECT_EQ(p.trials[3].config.data.set.as<MnistOptions>().root(), "ä?");
}

TEST_F(SweepPlanTest, ABaselinePerSeedAndCombinationOfTheOtherKeys) {
  const auto p = plan(kBase, {"sweep.baseline=true", "objective.beta=0,1,2", "model.latent.dim=2,3", "seed=5..6"});
  ASSERT_EQ(p.trials.size(), 3u * 2u * 2u + 2u * 2u);
  const std::vector<Trial> last(p.trials.end() - 4, p.trials.end());
  EXPECT_EQ(last[0].name, "baseline_dim-2_seed-5");
  EXPECT_EQ(last[3].name, "baseline_dim-3_seed-6");
  for (const auto& trial : last) {
    EXPECT_TRUE(trial.baseline);
    EXPECT_TRUE(trial.config.model.bottleneck.deterministic());
    EXPECT_EQ(trial.config.beta.name(), "constant");
    EXPECT_EQ(trial.config.beta.as<double>(), 0);
  }
  EXPECT_THAT(last[3].values,
              ElementsAre(Pair("objective.beta", "0"), Pair("model.latent.dim", "3"), Pair("seed", "6")));
  EXPECT_EQ(last[3].config.model.bottleneck.latent(), 3);
  EXPECT_EQ(last[3].config.seed, 6u);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_FALSE(p.trials[i].baseline);
}

TEST_F(SweepPlanTest, TheBaselineOfASweepOverBetaAloneIsOne) {
  const auto p = plan(kBase + "objective: {beta: {type: linear}}\nsweep: {baseline: true}\n",
                      {"objective.beta.to=1,2", "objective.beta.epochs=3,4"});
  EXPECT_EQ(names(p).back(), "baseline");
  EXPECT_EQ(p.trials.size(), 5u);
  EXPECT_EQ(beta_of(p.trials[3].config.beta).schedule()->at(3), 1.5);  // on the way to 2 in 4 epochs
  EXPECT_EQ(p.trials[4].config.beta.as<double>(), 0);
  EXPECT_THAT(p.trials[4].values, ElementsAre(Pair("objective.beta.to", ""), Pair("objective.beta.epochs", "")));
}

TEST_F(SweepPlanTest, ATrialThatIsDeterministicAnywayIsTheBaseline) {
  const auto p = plan(kBase, {"sweep.baseline=true", "model.deterministic=false,true", "seed=0,1"});
  EXPECT_THAT(names(p), ElementsAre("deterministic-false_seed-0", "deterministic-false_seed-1",
                                    "deterministic-true_seed-0", "deterministic-true_seed-1"));
  EXPECT_THAT(baselines(p), ElementsAre(false, false, true, true));

  const auto all = plan(kBase, {"sweep.baseline=true", "model.deterministic=true", "objective.beta=1,0", "seed=0,1"});
  EXPECT_THAT(baselines(all), ElementsAre(true, true, false, false));
}

TEST_F(SweepPlanTest, AGroupDiffersInSeedAndBetaOnly) {
  const auto p = plan(kBase + "sweep: {baseline: true}\n",
                      {"objective.beta=1e-3,{type: linear, to: 1}", "model.latent.dim=2,3", "seed=0,1"});
  EXPECT_THAT(p.groups,
              ElementsAre(ElementsAre(0, 1, 4, 5), ElementsAre(2, 3, 6, 7), ElementsAre(8, 9), ElementsAre(10, 11)));
  EXPECT_EQ(p.trials[6].name, "beta-type-linear-to-1_dim-3_seed-0");
  EXPECT_EQ(p.trials[10].name, "baseline_dim-3_seed-0");

  EXPECT_EQ(plan(kBase, {"data.seed=0,1", "seed=0,1"}).groups.size(), 2u);
  EXPECT_EQ(plan(kBase, {"optimizer.lr=1e-3,1e-2,1e-1"}).groups.size(), 3u);
}

TEST_F(SweepPlanTest, TheResolvedTextPlansTheSameSweep) {
  const auto p = plan(kBase + "sweep: {vary: [seed=0..1], baseline: true, max_replicas: 3}\n",
                      {"objective.beta=log:1e-6:1:4", "model.encoder.hidden=[8, 8],[]", "optimizer.type=sgd",
                       "data.name=mnist", "data.root=\"a=b\""});
  EXPECT_THAT(p.resolved, testing::HasSubstr("\nsweep:\n"
                                             "  vary: [\"seed=0..1\", \"objective.beta=log:1e-6:1:4\", "
                                             "\"model.encoder.hidden=[8, 8],[]\"]\n"
                                             "  cases: {}\n"
                                             "  baseline: true\n"
                                             "  max_replicas: 0\n"));
  EXPECT_THAT(p.resolved, testing::StartsWith("seed: 0\n"));
  expect_same(plan(p.resolved), p);
  expect_same(plan(p.resolved, {"sweep.max_replicas=1"}), p);
}

const std::string kCases =
    "sweep:\n"
    "  vary: [\"seed=0,1\"]\n"
    "  cases:\n"
    "    plain: {}\n"
    "    dropped: {model.encoder.dropout: 0.5}\n"
    "    deterministic: {model: {deterministic: true}}\n";

TEST_F(SweepPlanTest, CasesAreCrossedWithTheAxes) {
  const auto p = plan(kBase + kCases);
  EXPECT_THAT(p.keys, ElementsAre("case", "seed"));
  EXPECT_THAT(names(p), ElementsAre("plain_seed-0", "plain_seed-1", "dropped_seed-0", "dropped_seed-1",
                                    "deterministic_seed-0", "deterministic_seed-1"));
  EXPECT_THAT(p.trials[3].values, ElementsAre(Pair("case", "dropped"), Pair("seed", "1")));
  EXPECT_EQ(dump(p.trials[3]), dump(plan(kBase, {"model.encoder.dropout=0.5,0", "seed=0,1"}).trials[1]));
  EXPECT_TRUE(p.trials[5].config.model.bottleneck.deterministic());
  EXPECT_THAT(p.groups, ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4, 5)));
  expect_same(plan(p.resolved), p);
}

TEST_F(SweepPlanTest, WhatACaseSetsDoesNotVaryInIt) {
  const auto p = plan(kBase + kCases, {"objective.beta=1e-3,1e-2", "model.encoder.dropout=0.1,0.2", "seed=0,1"});
  // 2 x 2 x 2, 2 x 2 (β and seed), 2 x 2 (dropout and seed)
  ASSERT_EQ(p.trials.size(), 16u);
  EXPECT_THAT(p.trials[8].values, ElementsAre(Pair("case", "dropped"), Pair("seed", "0"),
                                              Pair("objective.beta", "1e-3"), Pair("model.encoder.dropout", "0.5")));
  EXPECT_THAT(p.trials[12].values, ElementsAre(Pair("case", "deterministic"), Pair("seed", "0"),
                                               Pair("objective.beta", ""), Pair("model.encoder.dropout", "0.1")));
  EXPECT_EQ(p.trials[12].name, "deterministic_seed-0_dropout-0.1");
  expect_same(plan(p.resolved), p);
}

TEST_F(SweepPlanTest, ACaseMayChooseAPartWithKeysOfItsOwn) {
  const auto p = plan(kBase + "sweep: {cases: {ramp: {objective: {beta: {to: 0.5, type: linear}}}, plain: {}}}\n",
                      {"objective.beta=0.1,0.2"});
  EXPECT_THAT(names(p), ElementsAre("ramp", "plain_beta-0.1", "plain_beta-0.2"));
  EXPECT_EQ(dump(p.trials[0]),
            dump(plan(kBase + "objective: {beta: {type: linear, to: 0.5}}\n", {"seed=0,1"}).trials[0]));
}

TEST_F(SweepPlanTest, TheBaselineIsACaseBesideOthers) {
  const auto p = plan(kBase + "sweep: {baseline: true, cases: {low: {objective.beta: 1e-4}}}\n", {"seed=0,1"});
  EXPECT_THAT(names(p), ElementsAre("low_seed-0", "low_seed-1", "baseline_seed-0", "baseline_seed-1"));
  EXPECT_THAT(p.trials[2].values, ElementsAre(Pair("case", "baseline"), Pair("seed", "0")));
  EXPECT_THAT(baselines(p), ElementsAre(false, false, true, true));
  const auto by_name = plan(kBase + "sweep: {cases: {baseline: {seed: 1}, other: {seed: 2}}}\n");
  EXPECT_THAT(baselines(by_name), ElementsAre(false, false)) << "a name says nothing";
}

TEST_F(SweepPlanTest, TheCommandLineTakesSomeCases) {
  const auto p = plan(kBase + kCases, {"case=deterministic,plain"});
  EXPECT_THAT(names(p), ElementsAre("deterministic_seed-0", "deterministic_seed-1", "plain_seed-0", "plain_seed-1"));
  expect_same(plan(p.resolved), p);
  EXPECT_THAT(names(plan(kBase + kCases, {"case=dropped", "seed=3"})), ElementsAre("dropped"));
}

TEST_F(SweepPlanTest, RefusesCasesThatMeanNothing) {
  EXPECT_EQ(mistake(kBase + kCases, {"case=plan"}),
            "command line: case=plan: no case plan; there are plain, dropped, deterministic");
  EXPECT_EQ(mistake(kBase, {"case=plain"}), "command line: case=plain: the file has no cases; sweep.cases gives them");
  EXPECT_EQ(mistake(kBase + "sweep: {vary: [\"case=a,b\"]}\n"),
            "FILE:2:15: sweep.vary: case=a,b: cases are given under sweep.cases");
  EXPECT_EQ(mistake(kBase + "sweep:\n  cases:\n    a: {model.encoder.dropout: 2}\n", {"seed=0,1"}),
            "FILE:4:9: sweep.cases.a: model.encoder.dropout=2: expects a number >= 0 and < 1, got '2'");
  EXPECT_EQ(mistake(kBase + "sweep: {cases: {a: {model.encodr.dropout: 0}}}\n", {"seed=0,1"}),
            "FILE:2:21: sweep.cases.a: model.encodr.dropout=0: model.encodr: unknown key; allowed: deterministic, "
            "encoder, latent, prior, decoder, likelihood, initialization; did you mean encoder?");
  EXPECT_EQ(mistake(kBase + "sweep: {cases: {a: {sweep.baseline: true}}}\n"),
            "FILE:2:21: sweep.cases.a: a key of the sweep itself cannot be set");
  EXPECT_EQ(mistake(kBase + "sweep: {cases: {a: {seed: 1}, b: {seed: 1}}}\n"),
            "FILE: the trials a and b are the same: one axis or case undoes another");
  EXPECT_EQ(mistake(kBase + "sweep: {baseline: true, cases: {baseline: {}, a: {seed: 1}}}\n"),
            "FILE:2:19: sweep.baseline: adds a case of the name baseline, and sweep.cases has one");
  EXPECT_EQ(mistake(kBase + "sweep: {cases: {a: {seed: 1}, b: {seed: 2}}}\n", {"seed=3"}),
            "command line: seed=3: has no effect: every case under sweep.cases sets it");
  EXPECT_EQ(mistake(kBase + "sweep: {cases: {a: {seed: 1}, b: {seed: 2}}}\n", {"seed=3,4"}),
            "command line: seed=3,4: has no effect: every case under sweep.cases sets it");
}

TEST_F(SweepPlanTest, TheBaseAloneNeedNotPass) {
  // no momentum to be Nesterov's without the axis
  const auto file = std::string("optimizer: {type: sgd, nesterov: true, momentum: 0}\n");
  EXPECT_THROW(plan(file, {"seed=0,1"}), ConfigError);
  const auto p = plan(file, {"optimizer.momentum=0.5,0.9"});
  EXPECT_EQ(p.trials.size(), 2u);
  expect_same(plan(p.resolved), p);
}

TEST_F(SweepPlanTest, TrainingIgnoresTheSweep) {
  plan(kBase + "sweep: {vary: [seed=3..4], baseline: true}\n");
  const auto config = load_experiment_config(path(), {"sweep.max_replicas=2"});
  EXPECT_EQ(config.seed, 0u);
  EXPECT_EQ(dump_experiment_config(config).find("sweep"), std::string::npos);
}

TEST_F(SweepPlanTest, SaysHowToNameAnAxis) {
  EXPECT_EQ(mistake(kBase, {"seed=3"}),
            "FILE: nothing to vary; give a key several values (KEY=v1,v2,..., KEY=log:LO:HI:N, KEY=lin:LO:HI:N or "
            "KEY=A..B), in the file under sweep.vary or here: vib sweep FILE objective.beta=log:1e-6:1:13 seed=0..4");
}

TEST_F(SweepPlanTest, AKeyVariesOnce) {
  EXPECT_EQ(mistake(kBase, {"seed=0..1", "seed=5,6"}), "command line: seed=5,6: seed varies already, by seed=0..1");
  EXPECT_EQ(mistake(kBase, {"seed=0..1", "seed=5"}), "command line: seed=0..1: seed has one value by another argument");
  EXPECT_EQ(mistake("sweep: {vary: [seed=0..1, seed=3..4]}\n"),
            "FILE:1:15: sweep.vary: seed=3..4: seed varies already, by seed=0..1");
  EXPECT_EQ(mistake(kBase, {"sweep.max_replicas=1,2"}),
            "command line: sweep.max_replicas=1,2: a key of the sweep itself cannot vary");
  EXPECT_EQ(mistake(kBase, {"objective.beta=1,2", "objective.beta.value=3,4"}),
            "FILE: the trials beta-1_value-3 and beta-2_value-3 are the same: one axis undoes another");
}

TEST_F(SweepPlanTest, AWrongValueIsNamedWhereItStands) {
  EXPECT_EQ(mistake(kBase, {"train.epochs=1,x"}),
            "command line: train.epochs=x: expects an integer >= 1 and <= 1000000000, got 'x'");
  EXPECT_EQ(mistake("sweep:\n  vary: [\"train.epochs=1,x\"]\n"),
            "FILE:2:9: sweep.vary: train.epochs=x: expects an integer >= 1 and <= 1000000000, got 'x'");
  EXPECT_EQ(mistake("sweep:\n  vary: [\"train.epochs=1,x\"]\n", {"train.epochs=1,y"}),
            "command line: train.epochs=y: expects an integer >= 1 and <= 1000000000, got 'y'");
  EXPECT_THAT(mistake("sweep:\n  vary: [\"trian.epochs=1,2\"]\n"),
              testing::StartsWith("FILE:2:9: sweep.vary: trian.epochs=1: trian: unknown key; allowed: seed,"));
  EXPECT_EQ(mistake("sweep:\n  vary: [\"data.validation=0,60000\"]\n"),
            "FILE:2:9: sweep.vary: data.validation=60000: 60000 leaves nothing of data.train (60000) to train on; "
            "allowed: 0 to 59999");
  EXPECT_EQ(mistake(kBase, {"seed=0,1", "epochs"}), "command line: epochs: expects KEY=VALUE");
  EXPECT_THAT(mistake(kBase, {"=1,2"}), testing::HasSubstr("part of the key is empty"));
  EXPECT_THAT(mistake(kBase, {".a=1,2"}), testing::HasSubstr("part of the key is empty"));
}

TEST_F(SweepPlanTest, RefusesMoreTrialsThanAnybodyMeans) {
  EXPECT_EQ(mistake(kBase, {"seed=0..999", "optimizer.lr=lin:1:2:11"}),
            "FILE: seed (1000) x optimizer.lr (11) make more than 10000 trials");
}

TEST(SweepConfigs, OfTheProjectPlanWhatTheySay) {
  const auto plan = [](const std::string& name) { return plan_sweep(fs::path(VIB_SOURCE_DIR) / "configs" / name, {}); };
  const auto mnist = plan("mnist_sweep.yaml");
  EXPECT_EQ(mnist.trials.size(), 13u * 5u + 5u);
  ASSERT_EQ(mnist.groups.size(), 2u);
  EXPECT_EQ(mnist.groups[0].size(), 65u);
  EXPECT_EQ(mnist.trials[5].name, "beta-3.16228e-06_seed-0");
  EXPECT_EQ(mnist.trials.back().name, "baseline_seed-4");

  const auto plane = plan("mnist_2d.yaml");
  EXPECT_THAT(names(plane), ElementsAre("beta-1e-3", "beta-1e-1", "beta-1"));
  for (const auto& trial : plane.trials) EXPECT_EQ(trial.config.model.bottleneck.latent(), 2);

  const auto digits = plan("digits_sweep.yaml");
  EXPECT_EQ(digits.trials.size(), 6u * 2u + 2u);
  EXPECT_EQ(digits.trials.front().config.beta.as<double>(), 1e-5);
}

TEST(SplitGroups, MakesChunksOfNearlyEqualSizeInOrder) {
  const std::vector<std::vector<std::size_t>> groups = {{0, 1, 2, 3, 4, 5, 6}, {7}, {}};
  EXPECT_THAT(split_groups(groups, 3),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4, 5, 6), ElementsAre(7)));
  EXPECT_THAT(split_groups(groups, 4), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4, 5, 6), ElementsAre(7)));
  EXPECT_EQ(split_groups(groups, 0), groups);
  EXPECT_EQ(split_groups(groups, 1).size(), 8u);
  EXPECT_THAT(split_groups(groups, 100), ElementsAre(ElementsAre(0, 1, 2, 3, 4, 5, 6), ElementsAre(7)));
}

}  // namespace
}  // namespace vib
