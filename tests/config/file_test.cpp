#include "vib/config/file.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"

namespace vib {
namespace {

struct Optimizer {
  std::string type = "adam";
  double beta1 = 0.9;
  double beta2 = 0.999;
  double momentum = 0.9;
  double decay = 0;
  double lr = 1e-3;
};

struct Beta {
  std::string type = "constant";
  double value = 1e-3;
  double from = 0;
  double to = 1;
  std::vector<std::pair<double, double>> points = {{0, 1e-3}};
};

struct Toy {
  std::uint64_t seed = 0;
  std::string name = "toy";
  std::string device = "auto";
  bool quick = false;
  std::int64_t epochs = 20;
  std::vector<std::int64_t> hidden = {1024, 1024};
  std::vector<std::string> labels;
  Optimizer optimizer;
  Beta beta;
};

void describe(Section& s, Optimizer& o) {
  const auto adam = [&](Section& s) {
    s.pair("betas", o.beta1, o.beta2, each(at_least(0).below(1)), "decay of the moments");
    s.field("decay", o.decay, at_least(0), "weight decay");
  };
  const auto sgd = [&](Section& s) {
    s.field("momentum", o.momentum, at_least(0), "momentum");
    s.field("decay", o.decay, at_least(0), "weight decay");
  };
  s.choice("type", o.type, {{"adam", "Adam", adam}, {"adamw", "AdamW", adam}, {"sgd", "SGD", sgd}}, "update rule");
  s.field("lr", o.lr, above(0), "learning rate");
}

void describe(Section& s, Beta& o) {
  const auto ramp = [&](Section& s) {
    s.field("from", o.from, at_least(0), "start");
    s.field("to", o.to, at_least(0), "end");
  };
  s.choice("type", o.type,
           {{"constant", "", [&](Section& s) { s.field("value", o.value, at_least(0), "value"); }},
            {"linear", "", ramp},
            {"cosine", "", ramp},
            {"piecewise", "",
             [&](Section& s) { s.points("points", o.points, "epoch", at_least(0), "value", at_least(0), "corners"); }}},
           "shape");
  s.plain_value_means("type", "constant", "value");
}

void describe(Section& s, Toy& o) {
  s.field("seed", o.seed, "seed");
  s.field("name", o.name, "name");
  s.field("device", o.device, matching("auto|cpu|cuda(:[0-9]+)?", "auto, cpu, cuda or cuda:N"), "device");
  s.section("train", "training", [&](Section& s) {
    s.field("quick", o.quick, "quick");
    s.field("epochs", o.epochs, at_least(1), "epochs");
    s.field("hidden", o.hidden, each(at_least(1)), "widths");
    s.field("labels", o.labels, "labels");
  });
  s.section("optimizer", "optimizer", [&](Section& s) { describe(s, o.optimizer); });
  s.section("beta", "weight of the rate", [&](Section& s) { describe(s, o.beta); });
}

auto bind(Toy& toy) {
  return [&toy](Section& s) { describe(s, toy); };
}

/// A folder of its own for each test, and in it the file "toy.yaml".
class ConfigFile : public testing::Test {
 protected:
  std::filesystem::path path() const { return folder_ / "toy.yaml"; }

  ConfigOrigins load(const std::string& text, const std::vector<std::string>& overrides = {}) {
    std::ofstream(path(), std::ios::binary) << text;
    toy_ = Toy();
    return load_config(path(), overrides, bind(toy_));
  }

  /// The message that loading ends with, `PATH/toy.yaml` written as FILE.
  std::string mistake(const std::string& text, const std::vector<std::string>& overrides = {}) {
    try {
      load(text, overrides);
    } catch (const ConfigError& e) {
      return anonymous(e.what());
    }
    return "none";
  }

  std::string anonymous(std::string message) const {
    const std::string name = path().string();
    for (std::size_t i = 0; (i = message.find(name, i)) != std::string::npos;) message.replace(i, name.size(), "FILE");
    return message;
  }

  const test::TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path;
  Toy toy_;
};

TEST_F(ConfigFile, ReadsEveryKindOfValue) {
  load(
      "seed: 18446744073709551615\n"
      "name: \"a \\\"quoted\\\" name\"\n"
      "device: cuda:1\n"
      "train: {quick: true, epochs: 7, hidden: [3, 2, 1]}\n"
      "optimizer:\n"
      "  type: adamw\n"
      "  betas:\n"
      "    - 0.5\n"
      "    - .999\n"
      "  lr: +1E-4\n"
      "beta:\n"
      "  type: piecewise\n"
      "  points: [[0, 1e-5], [2.5, 1]]\n");
  EXPECT_EQ(toy_.seed, 18446744073709551615U);
  EXPECT_EQ(toy_.name, "a \"quoted\" name");
  EXPECT_EQ(toy_.device, "cuda:1");
  EXPECT_TRUE(toy_.quick);
  EXPECT_EQ(toy_.epochs, 7);
  EXPECT_EQ(toy_.hidden, (std::vector<std::int64_t>{3, 2, 1}));
  EXPECT_EQ(toy_.optimizer.type, "adamw");
  EXPECT_EQ(toy_.optimizer.beta1, 0.5);
  EXPECT_EQ(toy_.optimizer.beta2, 0.999);
  EXPECT_EQ(toy_.optimizer.lr, 1e-4);
  EXPECT_EQ(toy_.beta.points, (std::vector<std::pair<double, double>>{{0, 1e-5}, {2.5, 1}}));
}

TEST_F(ConfigFile, LeavesTheDefaultsOfKeysNotGiven) {
  load("train: {epochs: 3}\n");
  EXPECT_EQ(toy_.epochs, 3);
  EXPECT_EQ(toy_.name, "toy");
  EXPECT_EQ(toy_.hidden, Toy().hidden);
  EXPECT_EQ(toy_.optimizer.lr, Toy().optimizer.lr);
}

TEST_F(ConfigFile, ReadsListsOfStrings) {
  load("train: {labels: [objective.beta=log:1e-6:1:13, \"a, b\", 5, true, '']}\n");
  EXPECT_EQ(toy_.labels, (std::vector<std::string>{"objective.beta=log:1e-6:1:13", "a, b", "5", "true", ""}));
  load("train: {labels: [a]}\n", {"train.labels=[]"});
  EXPECT_TRUE(toy_.labels.empty());
  load("seed: 1\n", {"train.labels=[x=1..2, \"y,z\"]"});
  EXPECT_EQ(toy_.labels, (std::vector<std::string>{"x=1..2", "y,z"}));

  EXPECT_EQ(mistake("train: {labels: a}\n"),
            "FILE:1:17: train.labels: expects a list of strings, may be empty, got 'a'");
  EXPECT_EQ(mistake("train: {labels: [a, [b]]}\n"),
            "FILE:1:21: train.labels: expects each element to be a string, got a list of 1");
  EXPECT_EQ(mistake("train: {labels: [~]}\n"),
            "FILE:1:18: train.labels: expects each element to be a string, got nothing");
}

TEST_F(ConfigFile, TakesKeysInAnyOrder) {
  load("optimizer:\n  momentum: 0.5\n  lr: 0.1\n  type: sgd\nseed: 4\n");
  EXPECT_EQ(toy_.optimizer.type, "sgd");
  EXPECT_EQ(toy_.optimizer.momentum, 0.5);
  EXPECT_EQ(toy_.seed, 4U);
}

TEST_F(ConfigFile, TakesAnchorsByteOrderMarksAndWindowsLineEnds) {
  load("\xEF\xBB\xBFtrain: {hidden: &widths [5, 6]}\r\nseed: &n 9\r\noptimizer: {lr: *n}\r\n");
  EXPECT_EQ(toy_.hidden, (std::vector<std::int64_t>{5, 6}));
  EXPECT_EQ(toy_.seed, 9U);
  EXPECT_EQ(toy_.optimizer.lr, 9.0);
}

TEST_F(ConfigFile, ReadsAPlainNumberAsTheSectionItIsShortFor) {
  load("beta: 1e-4\n");
  EXPECT_EQ(toy_.beta.type, "constant");
  EXPECT_EQ(toy_.beta.value, 1e-4);
  load("beta: {type: constant, value: 1e-4}\n");
  EXPECT_EQ(toy_.beta.value, 1e-4);

  toy_.beta.type = "linear";
  std::ofstream(path()) << "beta: 2\n";
  load_config(path(), {}, bind(toy_));
  EXPECT_EQ(toy_.beta.type, "constant");
  EXPECT_EQ(toy_.beta.value, 2.0);
}

TEST_F(ConfigFile, OverridesAreYamlAndTheLastOneHolds) {
  load("seed: 1\ntrain: {epochs: 5}\n", {"train.epochs=2", "train.hidden=[512, 512]", "name=x=y", "train.epochs=3",
                                         "device=cuda:0", "train.quick=true"});
  EXPECT_EQ(toy_.seed, 1U);
  EXPECT_EQ(toy_.epochs, 3);
  EXPECT_EQ(toy_.hidden, (std::vector<std::int64_t>{512, 512}));
  EXPECT_EQ(toy_.name, "x=y");
  EXPECT_EQ(toy_.device, "cuda:0");
  EXPECT_TRUE(toy_.quick);
}

TEST_F(ConfigFile, AnOverrideReplacesASectionAsAWhole) {
  load("optimizer: {type: sgd, momentum: 0.5, lr: 0.1}\n", {"optimizer={type: adam}"});
  EXPECT_EQ(toy_.optimizer.type, "adam");
  EXPECT_EQ(toy_.optimizer.lr, Toy().optimizer.lr);

  load("beta: {type: linear, from: 0, to: 1}\n", {"beta=0.5"});
  EXPECT_EQ(toy_.beta.type, "constant");
  EXPECT_EQ(toy_.beta.value, 0.5);

  load("beta: 0.5\n", {"beta={type: linear, to: 3}"});
  EXPECT_EQ(toy_.beta.type, "linear");
  EXPECT_EQ(toy_.beta.to, 3.0);
}

TEST_F(ConfigFile, OverridingAChoiceDropsTheFilesForeignKeysAndKeepsTheShared) {
  load("optimizer:\n  betas: [0.5, 0.6]\n  decay: 0.1\n  type: adam\n  lr: 0.2\n", {"optimizer.type=sgd"});
  EXPECT_EQ(toy_.optimizer.type, "sgd");
  EXPECT_EQ(toy_.optimizer.beta1, Toy().optimizer.beta1);
  EXPECT_EQ(toy_.optimizer.decay, 0.1);
  EXPECT_EQ(toy_.optimizer.lr, 0.2);

  load("optimizer: {betas: [0.5, 0.6]}\n", {"optimizer.type=adamw"});
  EXPECT_EQ(toy_.optimizer.beta1, 0.5);

  load("beta: 0.5\n", {"beta.type=linear", "beta.to=4"});
  EXPECT_EQ(toy_.beta.type, "linear");
  EXPECT_EQ(toy_.beta.to, 4.0);
}

TEST_F(ConfigFile, OverridingAChoiceDropsNothingOfTheCommandLine) {
  EXPECT_EQ(mistake("seed: 1\n", {"optimizer.betas=[0.5, 0.6]", "optimizer.type=sgd"}),
            "command line: optimizer.betas=[0.5, 0.6]: belongs to type: adam or adamw; type is sgd, "
            "which takes momentum, decay: remove betas");
}

TEST_F(ConfigFile, NamesLineColumnAndWholeKey) {
  EXPECT_EQ(mistake("seed: 1\ntrain:\n  epochs: twenty\n"),
            "FILE:3:11: train.epochs: expects an integer >= 1, got 'twenty'");
  EXPECT_EQ(mistake("optimizer: {lr: 1, betas: [0.5, 1]}\n"),
            "FILE:1:33: optimizer.betas: expects each element to be a number >= 0 and < 1, got '1'");
  EXPECT_EQ(mistake("train:\n  epoch: 3\n"),
            "FILE:2:3: train.epoch: unknown key; allowed: quick, epochs, hidden, labels; did you mean epochs?");
  EXPECT_EQ(mistake("epochs: 3\n"),
            "FILE:1:1: epochs: unknown key; allowed: seed, name, device, train, optimizer, beta; "
            "did you mean train.epochs?");
  EXPECT_EQ(
      mistake("optimizer:\n  momentum: 0.5\n"),
      "FILE:2:3: optimizer.momentum: belongs to type: sgd; type is adam, which takes betas, decay: remove momentum");
  EXPECT_EQ(mistake("seed: 1\nseed: 2\n"), "FILE:2:1: seed: given twice, first at FILE:1:1");
  EXPECT_EQ(mistake("device: gpu\n"), "FILE:1:9: device: expects auto, cpu, cuda or cuda:N, got 'gpu'");
  EXPECT_EQ(mistake("beta: [1]\n"), "FILE:1:7: beta: expects a number >= 0 or a mapping, got a list of 1");
  EXPECT_EQ(mistake("beta: linear\n"), "FILE:1:7: beta: expects a mapping, got 'linear'; write {type: linear}");
}

TEST_F(ConfigFile, NamesTheOverride) {
  EXPECT_EQ(mistake("seed: 1\n", {"train.epochs=0"}), "command line: train.epochs=0: expects an integer >= 1, got '0'");
  EXPECT_EQ(mistake("seed: 1\n", {"train.epochs="}),
            "command line: train.epochs=: expects an integer >= 1, got nothing");
  EXPECT_EQ(mistake("seed: 1\n", {"train.epoch=2"}),
            "command line: train.epoch=2: unknown key; allowed: quick, epochs, hidden, labels; did you mean epochs?");
  EXPECT_EQ(mistake("seed: 1\n", {"trian.epochs=2"}),
            "command line: trian.epochs=2: trian: unknown key; allowed: seed, name, device, train, optimizer, beta; "
            "did you mean train?");
  EXPECT_EQ(mistake("seed: 1\n", {"beta={type: linear, form: 0}"}),
            "command line: beta={type: linear, form: 0}: beta.form: unknown key; allowed: type, from, to; "
            "did you mean from?");
  EXPECT_EQ(mistake("seed: 1\n", {"seed.x=2"}), "command line: seed.x=2: seed: expects an integer >= 0, got a mapping");
  EXPECT_EQ(mistake("seed: 1\n", {"train.hidden=[1"}).substr(0, 47), "command line: train.hidden=[1: not valid YAML: ");
  EXPECT_EQ(mistake("seed: 1\n", {"seed"}), "command line: seed: expects KEY=VALUE");
  EXPECT_EQ(mistake("seed: 1\n", {"=1"}), "command line: =1: expects KEY=VALUE, part of the key is empty");
  EXPECT_EQ(mistake("seed: 1\n", {"train..epochs=1"}),
            "command line: train..epochs=1: expects KEY=VALUE, part of the key is empty");
}

TEST_F(ConfigFile, AnOverrideDoesNotHideWhatIsWrongInTheFile) {
  EXPECT_EQ(mistake("train: 5\n", {"train.epochs=2"}), "FILE:1:8: train: expects a mapping, got '5'");
  EXPECT_EQ(mistake("seed: 1\nseed: 2\n", {"seed=3"}).substr(0, 26), "FILE:2:1: seed: given twic");
}

TEST_F(ConfigFile, SaysWhyAFileCannotBeRead) {
  const auto reason = [&](const std::filesystem::path& file) -> std::string {
    try {
      load_config(file, {}, bind(toy_));
    } catch (const ConfigError& e) {
      return anonymous(e.what());
    }
    return "none";
  };
  EXPECT_EQ(reason(path()), "FILE: no such file");
  EXPECT_EQ(reason(folder_), folder_.string() + ": a directory, expects a YAML file");
  std::ofstream(path()) << "seed: 1\n# " << std::string(std::size_t{1} << 20, '#') << "\n";
  EXPECT_EQ(reason(path()), "FILE: larger than 1 MiB: not a configuration");
}

TEST_F(ConfigFile, SurvivesValuesOfAnyLength) {
  const std::string a_lot(500'000, 'x');
  EXPECT_LT(mistake("seed: " + a_lot + "\n").size(), 200U);
  EXPECT_LT(mistake("device: " + a_lot + "\n").size(), 200U);
  EXPECT_LT(mistake("name: " + a_lot + "\n").size(), 200U);
  EXPECT_LT(mistake("\"" + a_lot + "\": 1\n").size(), 300U);
  EXPECT_LT(mistake("seed: 1\n", {"a." + a_lot + "=1"}).size(), 300U);
  EXPECT_NE(mistake("seed: " + std::string(100'000, '[')).find("nested more than 16 deep"), std::string::npos);
}

// Few values, but of long text: 10 x 10 x 10 x 20,000 bytes.
TEST_F(ConfigFile, RefusesAliasesThatRepeatMoreTextThanAFileMayHold) {
  std::string text = "a: &a " + std::string(20'000, 'x') + "\n";
  for (char list = 'b'; list <= 'd'; ++list) {
    text += fmt::format("{0}: &{0} [", list);
    for (int i = 0; i < 10; ++i) text += fmt::format("*{}, ", static_cast<char>(list - 1));
    text += "]\n";
  }
  EXPECT_EQ(mistake(text), "FILE:3:24: aliases that repeat more than 1 MiB of text: write the values out");
}

TEST_F(ConfigFile, LoadingADumpGivesTheSameBytes) {
  load("optimizer: {type: sgd, lr: 0.1}\n", {"beta={type: piecewise, points: [[0, 0.1], [3, 0.30000000000000004]]}"});
  const std::string first = dump_config(bind(toy_));
  load(first);
  EXPECT_EQ(dump_config(bind(toy_)), first);
  EXPECT_NE(first.find("points: [[0, 0.1], [3, 0.30000000000000004]]"), std::string::npos) << first;
}

TEST_F(ConfigFile, EveryDoubleComesBackExactly) {
  std::mt19937_64 random(1);
  std::vector<double> values = {0.0, 0.1, 1.0 / 3, 1e5, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308};
  for (int i = 0; i < 100; ++i) values.push_back(std::bit_cast<double>(random() & ~(std::uint64_t{1} << 63)));
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    Toy toy;
    toy.beta.value = value;
    load(dump_config(bind(toy)));
    EXPECT_EQ(toy_.beta.value, value);
  }
}

TEST_F(ConfigFile, EveryStringComesBackExactly) {
  for (const std::string name :
       {"plain", "",       " ",         "null",    "~",         "true",         "No",   "5",    "1e-3",
        ".5",    "-",      "- x",       "a: b",    "a:",        ":a",           "a #b", "#a",   "*a",
        "&a",    "!a",     "%a",        "@a",      "`a",        "[a]",          "{a}",  "'a'",  "\"a\"",
        "a\\b",  "C:\\x",  "two words", " edges ", "tab\there", "two\nlines\n", "\x01", "\x7f", "Zürich",
        "../up", "./here", "/absolute", ".hidden", "---",       "...",          "<<",   "?",    "|"}) {
    Toy toy;
    toy.name = name;
    toy.labels = {name, "next", name};
    load(dump_config(bind(toy)));
    EXPECT_EQ(toy_.name, name) << dump_config(bind(toy));
    EXPECT_EQ(toy_.labels, toy.labels) << dump_config(bind(toy));
  }
}

TEST_F(ConfigFile, RemembersWhereEachValueCameFrom) {
  const auto origins = load("seed: 1\ntrain:\n  epochs: 3\nbeta: 0.5\n", {"optimizer.lr=0.5"});
  EXPECT_EQ(anonymous(origins.where("seed")), "FILE:1:7");
  EXPECT_EQ(anonymous(origins.where("train.epochs")), "FILE:3:11");
  EXPECT_EQ(anonymous(origins.where("beta")), "FILE:4:7");
  EXPECT_EQ(anonymous(origins.where("beta.value")), "FILE:4:7");
  EXPECT_EQ(origins.where("optimizer.lr"), "command line: optimizer.lr=0.5");
  EXPECT_EQ(origins.where("train.hidden"), "default");

  const auto failure = [&](const std::string& key) -> std::string {
    try {
      origins.fail(key, "does not fit");
    } catch (const ConfigError& e) {
      return anonymous(e.what());
    }
  };
  EXPECT_EQ(failure("train.epochs"), "FILE:3:11: train.epochs: does not fit");
  EXPECT_EQ(failure("optimizer.lr"), "command line: optimizer.lr=0.5: does not fit");
  EXPECT_EQ(failure("train.hidden"), "FILE: train.hidden: does not fit");
}

}  // namespace
}  // namespace vib
