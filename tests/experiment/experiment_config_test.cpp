#include "vib/experiment/experiment_config.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/config/reference.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/nn/encoder/mlp.h"
#include "vib/sweep/plan.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

fs::path source(const std::string& path) { return fs::path(VIB_SOURCE_DIR) / path; }

std::string reload(const std::string& yaml) {
  const test::TemporaryFolder folder;
  const auto file = folder.path / "reload.yaml";
  write_file_atomically(file, yaml);
  return dump_experiment_config(load_experiment_config(file, {}));
}

TEST(ExperimentConfig, EveryConfigOfTheProjectLoads) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(source("configs"))) {
    EXPECT_NO_THROW(load_experiment_config(entry.path(), {})) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3);
}

TEST(ExperimentConfig, ADumpLoadsToTheSameDump) {
  for (const auto& entry : fs::directory_iterator(source("configs"))) {
    const auto dump = dump_experiment_config(load_experiment_config(entry.path(), {}));
    EXPECT_EQ(reload(dump), dump) << entry.path();
  }
}

TEST(ExperimentConfig, TheRecipeOfThePaperIsWhatMnistYamlSays) {
  const auto c = load_experiment_config(source("configs/mnist.yaml"), {});
  EXPECT_EQ(c.data.set.name(), "mnist");
  EXPECT_EQ(c.data.validation, "0");
  EXPECT_THAT(c.model.encoder.as<MlpOptions>().hidden(), testing::ElementsAre(1024, 1024));
  EXPECT_EQ(c.model.bottleneck.latent(), 256);
  EXPECT_EQ(c.model.bottleneck.scale(), Scale::kSoftplus);
  EXPECT_EQ(c.model.bottleneck.shift(), 5);
  EXPECT_EQ(c.beta.as<double>(), 1e-3);
  EXPECT_EQ(c.optimizer.lr, 1e-4);
  EXPECT_EQ(c.optimizer.update.betas(), std::pair(0.5, 0.999));
  EXPECT_NEAR(learning_rate_schedule(c.optimizer, c.train.epochs).at(5), 1e-4 * 0.97 * 0.97, 1e-18);
  EXPECT_EQ(c.optimizer.ema, 0.999);
  EXPECT_EQ(c.train.epochs, 200);
  EXPECT_EQ(c.train.batch_size, 100);
  EXPECT_EQ(c.evaluate.samples, 12);
}

TEST(ExperimentConfig, OverridesReachEveryKind) {
  const auto c = load_experiment_config(
      source("configs/mnist.yaml"),
      {"objective.beta={type: linear, from: 0, to: 1e-2, epochs: 5}", "model.encoder.hidden=[64]", "optimizer.type=sgd",
       "precision=bfloat16", "seed=18446744073709551615", "model.deterministic=true"});
  EXPECT_EQ(beta_of(c.beta).schedule()->at(2.5), 5e-3);
  EXPECT_THAT(c.model.encoder.as<MlpOptions>().hidden(), testing::ElementsAre(64));
  EXPECT_EQ(c.optimizer.update.type(), UpdateRule::kSgd);
  EXPECT_EQ(c.seed, 18446744073709551615u);
  EXPECT_TRUE(c.model.bottleneck.deterministic());
}

TEST(ExperimentConfig, WhatOnlyShowsTogetherIsRefusedToo) {
  const auto refused = [](std::vector<std::string> overrides, const std::string& part) {
    try {
      load_experiment_config(source("configs/quickstart.yaml"), overrides);
      ADD_FAILURE() << part;
    } catch (const ConfigError& e) {
      EXPECT_THAT(e.what(), testing::HasSubstr(part));
    }
  };
  refused({"data.validation=60000"}, "data.validation=60000: 60000 leaves nothing of data.train");
  refused({"data.validation=0", "train.patience=3"}, "train.patience=3: early stopping needs a validation split");
  refused({"optimizer.type=sgd", "optimizer.momentum=0", "optimizer.nesterov=true"}, "optimizer.nesterov");
  refused({"model.encoder.type=conv", "model.encoder.channels=[1, 1, 1, 1, 1]"}, "model.encoder.channels");
  refused(
      {"model.latent.covariance=full", "model.latent.dim=65"},
      "model.latent.dim=65: 65 is more than model.latent.covariance: full can have, whose factor has K² numbers for "
      "each example; allowed: at most 64, or model.latent.covariance: diagonal");
}

TEST(ExperimentConfig, AFullCovarianceIsTakenUpTo64AndByADeterministicModelWhichHasNone) {
  const auto load = [](std::vector<std::string> overrides) {
    overrides.emplace_back("model.latent.covariance=full");
    return load_experiment_config(source("configs/quickstart.yaml"), overrides).model.bottleneck.covariance();
  };
  EXPECT_EQ(load({"model.latent.dim=64"}), Covariance::kFull);
  EXPECT_EQ(load({"model.latent.dim=65", "model.deterministic=true"}), Covariance::kFull);
}

TEST(ExperimentConfig, LearningRateSchedulesFollowTheirOptions) {
  const auto learning_rate = [](const std::string& schedule, double epoch) {
    const auto c = load_experiment_config(source("configs/quickstart.yaml"),
                                          {"optimizer.lr=1", "optimizer.schedule=" + schedule, "train.epochs=10"});
    return learning_rate_schedule(c.optimizer, c.train.epochs).at(epoch);
  };
  EXPECT_EQ(learning_rate("{type: constant}", 5), 1);
  EXPECT_NEAR(learning_rate("{type: cosine, final: 0.1}", 10), 0.1, 1e-15);
  EXPECT_NEAR(learning_rate("{type: cosine, final: 0.1, warmup: 2}", 0), 0.0, 1e-15);
  EXPECT_NEAR(learning_rate("{type: step, milestones: [4], factor: 0.5}", 5), 0.5, 1e-15);
}

TEST(ExperimentConfig, TheReferenceInDocsIsTheFieldList) {
  ExperimentConfig config;
  SweepConfig sweep;
  const auto reference = config_reference([&](Section& s) { describe_with_sweep(s, config, sweep); });
  const auto committed = read_file(source("docs/configuration.md"));
  EXPECT_THAT(committed, testing::HasSubstr(reference))
      << "docs/configuration.md is behind the field list: `vib train --keys > docs/configuration.md` writes it anew";
}

// --- Malformed files: each says in its head, or beside it in NAME.yaml.expect, what the message must contain; those
// called sweep_* are planned as sweeps

struct Malformed {
  fs::path file;
  std::vector<std::string> expected;  ///< parts of the message
  std::string location;               ///< "LINE:COLUMN", "LINE" where the column is yaml-cpp's affair, or empty
};

Malformed read_malformed(const fs::path& file) {
  Malformed test{file, {}, ""};
  const fs::path beside = file.string() + ".expect";
  std::istringstream lines(read_file(fs::exists(beside) ? beside : file));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# expect: ")) test.expected.push_back(line.substr(10));
    if (line.starts_with("# at: ")) test.location = line.substr(6);
  }
  return test;
}

std::vector<fs::path> malformed_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(source("tests/config/malformed")))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

TEST(MalformedConfig, EveryFileIsRefusedWithItsMessageAndPlace) {
  const auto files = malformed_files();
  EXPECT_GE(files.size(), 40u);
  for (const auto& file : files) {
    const auto test = read_malformed(file);
    EXPECT_FALSE(test.expected.empty()) << file << " says nothing to expect";
    const auto where = test.location.empty() ? file.string() : file.string() + ":" + test.location + ":";
    try {
      if (file.filename().string().starts_with("sweep_")) {
        plan_sweep(file, {});
      } else {
        load_experiment_config(file, {});
      }
      ADD_FAILURE() << file << " was accepted";
    } catch (const ConfigError& e) {
      EXPECT_THAT(e.what(), testing::HasSubstr(where));
      for (const auto& part : test.expected) EXPECT_THAT(e.what(), testing::HasSubstr(part)) << file;
    }
  }
}

}  // namespace
}  // namespace vib
