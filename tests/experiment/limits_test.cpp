#include <fstream>
#include <string>
#include <vector>

#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/config/field.h"
#include "vib/core/error.h"
#include "vib/experiment/build.h"
#include "vib/experiment/check_training.h"
#include "vib/experiment/load_data.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;
using Overrides = std::vector<std::string>;

/// A key of numbers, and what must be chosen for it to be there.
struct NumberKey {
  std::string key;
  Overrides chosen;
  bool list;
};

void collect(const Section& section, const std::string& prefix, const Overrides& chosen, std::vector<NumberKey>& keys) {
  for (const auto& field : section.fields()) {
    const auto key = prefix + field.key;
    if (field.section) collect(*field.section, key + '.', chosen, keys);
    for (const auto& alternative : field.alternatives) {
      auto with = chosen;
      with.push_back(key + '=' + alternative.name);
      collect(alternative.keys, prefix, with, keys);
    }
    if (field.allowed.find("integer") != std::string::npos || field.allowed.find("number") != std::string::npos)
      keys.push_back({key, chosen, field.allowed.find("list") != std::string::npos});
  }
}

/// Training images alone.
DataSplits examples(std::int64_t count) {
  DataSplits data;
  data.train.inputs = torch::empty({count, 1, 8, 8}, torch::kUInt8);
  return data;
}

class Limits : public testing::Test {
 protected:
  Limits() { std::ofstream(file_) << "model: {encoder: {hidden: [8]}, latent: {dim: 2}}\n"; }

  ExperimentConfig load(const Overrides& overrides) const { return load_experiment_config(file_, overrides); }

  static DataDescription images() {
    DataDescription description;
    description.inputs = DataDescription::Inputs::kBytes;
    description.shape = {1, 28, 28};
    description.classes = 10;
    return description;
  }

  const test::TemporaryFolder folder_;
  const fs::path file_ = folder_.path / "small.yaml";
};

// Whatever number stands behind a key: it is refused in a message of ours, or a model can be made and trained.
TEST_F(Limits, NoNumberOfAnyKeyIsLeftToLibTorchToRefuse) {
  ExperimentConfig config;
  std::vector<NumberKey> keys;
  collect(Section([&](Section& s) { describe(s, config); }), "", {}, keys);
  EXPECT_GT(keys.size(), 50u);
  for (const auto& [key, chosen, list] : keys)
    for (const std::string value : {"0", "-1", "1000000000", "9223372036854775807", "1e308", "nan"}) {
      auto overrides = chosen;
      overrides.push_back(key + '=' + (list ? '[' + value + ']' : value));
      SCOPED_TRACE(overrides.back());
      try {
        const auto c = load(overrides);
        beta_of(c.beta);
        trainer_options(c);
        check_training(c, build_model(c, images(), torch::kCPU), examples(300));
      } catch (const ConfigError& e) {
        if (value == "nan") {
          EXPECT_THAT(e.what(), HasSubstr(key));
        }
      } catch (const std::exception& e) {
        ADD_FAILURE() << e.what();
      }
    }
}

TEST_F(Limits, ABatchThatIsLargerThanTheData) {
  const auto check = [&](const Overrides& overrides) {
    const auto c = load(overrides);
    check_training(c, build_model(c, images(), torch::kCPU), examples(300));
  };
  EXPECT_NO_THROW(check({"train.batch_size=300", "train.drop_last=true"}));
  EXPECT_NO_THROW(check({"train.batch_size=9223372036854775807"}));
  EXPECT_THAT(
      [&] {
        check({"train.batch_size=301", "train.drop_last=true"});
      },
      ThrowsMessage<ConfigError>(AllOf(HasSubstr("train.drop_last: true"), HasSubstr("train.batch_size is 301"),
                                       HasSubstr("300 examples"), HasSubstr("at most 300"))));
}

TEST_F(Limits, MoreThanTheMemory) {
  const auto c = load({"objective.samples=1000000", "model.latent.dim=100000"});
  const auto model = build_model(c, images(), torch::kCPU);
  EXPECT_THAT(
      [&] { check_training(c, model, examples(1000)); },
      ThrowsMessage<ConfigError>(AllOf(HasSubstr("objective.samples: 1000000"), HasSubstr("this machine has"))));
  auto large = images();
  large.shape = {1000000};
  EXPECT_THAT([&] { build_model(load({"model.encoder.hidden=[1000000]"}), large, torch::kCPU); },
              ThrowsMessage<ConfigError>(AllOf(HasSubstr("model.encoder.hidden: [1000000]"),
                                               HasSubstr("model.latent.dim: 2"), HasSubstr("do not fit"))));
  EXPECT_THAT([&] { load({"data.train=1000000000"}); },
              ThrowsMessage<ConfigError>(AllOf(HasSubstr("data.train"), HasSubstr("GB"))));
}

TEST_F(Limits, AShareThatIsNoExample) {
  std::ofstream table(folder_.path / "table.csv");
  table << "a,y\n";
  for (int i = 0; i < 60; ++i) table << i << ',' << i % 3 << '\n';
  table.close();
  const auto load_table = [&](const std::string& share) {
    load_data(load({"data.name=csv", "data.train_file=" + (folder_.path / "table.csv").string(),
                    "data.target_columns=[y]", share})
                  .data,
              torch::kCPU);
  };
  EXPECT_THAT([&] { load_table("data.test_share=0.001"); },
              ThrowsMessage<ConfigError>(HasSubstr("data.test_share: 0.001 of 60 examples is less than one")));
  EXPECT_THAT([&] { load_table("data.validation=0.001"); },
              ThrowsMessage<ConfigError>(HasSubstr("data.validation: 0.001 of 48 examples is less than one")));
  EXPECT_NO_THROW(load_table("data.validation=0"));
}

}  // namespace
}  // namespace vib
