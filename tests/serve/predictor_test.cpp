#include "vib/serve/predictor.h"

#include <fstream>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/core/tensor_file.h"
#include "vib/data/sets/digits.h"
#include "vib/experiment/experiment.h"
#include "vib/nn/weights.h"

namespace vib {
namespace {

/// One small run on digits for all tests, with dropout and draws, in which a slip of the mode or of the noise would
/// show.
class PredictorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TemporaryFolder;
    const auto file = folder_->path / "run.yaml";
    std::ofstream(file) << "device: cpu\nthreads: 1\ndata: {name: digits, train: 1500, test: 200, validation: 300}\n"
                           "model: {encoder: {hidden: [32], dropout: 0.2}, latent: {dim: 4}}\n"
                           "train: {epochs: 3}\nevaluate: {samples: 5, batch_size: 64}\n";
    RunDirectory directory(run());
    run_experiment(load_experiment_config(file, {}), directory, /*resume=*/false);
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::filesystem::path run() { return folder_->path / "run"; }
  static torch::Tensor images() { return make_digits(200, 0, 1).inputs; }

  static test::TemporaryFolder* folder_;
};
test::TemporaryFolder* PredictorTest::folder_ = nullptr;

void expect_same_bits(const Prediction& a, const Prediction& b) {
  EXPECT_TRUE(torch::equal(a.mean, b.mean));
  EXPECT_TRUE(torch::equal(a.mean_z, b.mean_z));
  EXPECT_TRUE(torch::equal(a.rate, b.rate));
}

TEST_F(PredictorTest, SaysWhatTheModelSays) {
  const auto predictor = load_classifier(run());
  EXPECT_EQ(predictor.classes(), 10);
  const auto p = predictor.predict(images());
  EXPECT_EQ(p.mean.sizes(), (std::vector<std::int64_t>{200, 10}));
  EXPECT_EQ(p.rate.sizes(), (std::vector<std::int64_t>{200}));
  EXPECT_LT((p.mean.sum(1) - 1).abs().max().item<double>(), 1e-9);

  // By hand: bytes to [-1, 1], z = μ, softmax.
  auto model = load_model(RunDirectory(run()), torch::kCPU);
  const auto x = images().to(torch::kFloat32) / 255 * 2 - 1;
  const auto by_hand = model->decode(model->encode(x).mean()).softmax(-1);
  EXPECT_LT((p.mean_z - by_hand).abs().max().item<double>(), 1e-6);
}

TEST_F(PredictorTest, EightThreadsGetTheAnswersOfOne) {
  const auto predictor = load_classifier(run());
  const auto x = images();
  const auto alone = predictor.predict(x);
  std::vector<Prediction> together(8);
  {
    std::vector<std::jthread> threads;
    for (auto& p : together)
      threads.emplace_back([&] {
        for (int i = 0; i < 5; ++i) p = predictor.predict(x);
      });
  }
  for (const auto& p : together) expect_same_bits(p, alone);
}

TEST_F(PredictorTest, LeavesTheCallersRandomNumbersAlone) {
  torch::manual_seed(3);
  const auto expected = torch::rand({4});
  torch::manual_seed(3);
  load_classifier(run()).predict(images());
  EXPECT_TRUE(torch::equal(torch::rand({4}), expected));
}

TEST_F(PredictorTest, TakesDrawsAndWeightsAsAsked) {
  const auto x = images();
  const auto one = Predictor(run(), PredictorOptions().samples(1)).predict(x);
  const auto many = Predictor(run(), PredictorOptions().samples(40)).predict(x);
  const auto more = Predictor(run(), PredictorOptions().samples(80)).predict(x);
  // More draws, less noise: they come closer to each other.
  EXPECT_LT((more.mean - many.mean).abs().mean().item<double>(), (one.mean - many.mean).abs().mean().item<double>());
  EXPECT_THROW(Predictor(run(), PredictorOptions().samples(0)), c10::Error);
}

TEST_F(PredictorTest, AnswersTheSameWhateverStandsBeside) {
  const auto predictor = load_classifier(run());
  const auto x = images();
  const auto all = predictor.predict(x);
  const auto turned = predictor.predict(x.flip(0)).mean.flip(0);
  EXPECT_LT((turned - all.mean).abs().max().item<double>(), 1e-6);
  const auto alone = predictor.predict(x.slice(0, 170, 171)).mean;
  EXPECT_LT((alone - all.mean.slice(0, 170, 171)).abs().max().item<double>(), 1e-6);
}

TEST_F(PredictorTest, GivesBothProbabilitiesOfTwoClassesUnderABernoulli) {
  const test::TemporaryFolder folder;
  const auto x = torch::randn({300, 3}, make_generator(torch::kCPU, 1));
  const auto y = x.select(1, 0).gt(0).to(torch::kInt64);
  save_tensors(folder.path / "xy.pt", {{"x", x}, {"y", y}});
  std::ofstream(folder.path / "run.yaml")
      << "device: cpu\nthreads: 1\ndata: {name: tensors, root: " << folder.path.string()
      << ", train_inputs: 'xy.pt:x', train_targets: 'xy.pt:y', test: 50, validation: 50}\n"
         "model: {encoder: {hidden: [16]}, latent: {dim: 4}, likelihood: {type: bernoulli}}\n"
         "optimizer: {lr: 0.02}\ntrain: {epochs: 8, batch_size: 25}\n";
  RunDirectory directory(folder.path / "run");
  run_experiment(load_experiment_config(folder.path / "run.yaml", {}), directory, false);
  const auto p = load_classifier(folder.path / "run").predict(x);
  EXPECT_EQ(p.mean.sizes(), (std::vector<std::int64_t>{300, 2}));
  EXPECT_EQ(p.mean_z.sizes(), (std::vector<std::int64_t>{300, 2}));
  EXPECT_LT((p.mean.sum(1) - 1).abs().max().item<double>(), 1e-9);
  EXPECT_LT(p.mean.argmax(1).ne(y).to(torch::kFloat64).mean().item<double>(), 0.1);
}

TEST_F(PredictorTest, TakesRowsOfATableByName) {
  const test::TemporaryFolder folder;
  std::ofstream table(folder.path / "table.csv");
  table << "size,colour,flower\n";
  for (int i = 0; i < 60; ++i) table << i << (i % 2 == 0 ? ",\"a, b\",rose\n" : ",red,aster\n");
  table.close();
  std::ofstream(folder.path / "run.yaml") << "device: cpu\nthreads: 1\ndata: {name: csv, root: " << folder.path.string()
                                          << ", train_file: table.csv, target_columns: [flower], validation: 0}\n"
                                             "model: {encoder: {hidden: [8]}, latent: {dim: 3}}\ntrain: {epochs: 1}\n";
  RunDirectory directory(folder.path / "run");
  run_experiment(load_experiment_config(folder.path / "run.yaml", {}), directory, false);
  const auto predictor = load_classifier(folder.path / "run");
  EXPECT_THAT(predictor.class_names(), testing::ElementsAre("aster", "rose"));

  const auto rows = predictor.encode_rows({{{"size", "0"}, {"colour", "a, b"}}, {{"colour", "red"}, {"size", "1"}}});
  EXPECT_TRUE(torch::equal(rows, predictor.encode_table(folder.path / "table.csv").slice(0, 0, 2)));
  EXPECT_EQ(predictor.predict(rows).mean.sizes(), (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(predictor.codes(rows).mean.sizes(), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(predictor.codes(rows).stddev.sizes(), (std::vector<std::int64_t>{2, 3}));
  EXPECT_FALSE(predictor.codes(rows).correlation.defined()) << "of a diagonal covariance";
  EXPECT_THROW(predictor.encode_rows({{{"size", "0"}}}), DataError);
  EXPECT_THROW(load_classifier(run()).encode_rows({{{"size", "0"}}}), DataError);
}

TEST_F(PredictorTest, RefusesWhatItWasNotTrainedOn) {
  const auto predictor = load_classifier(run());
  const auto mistake = [&](const torch::Tensor& x) -> std::string {
    try {
      predictor.predict(x);
    } catch (const DataError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(mistake(torch::rand({3, 28, 28})), testing::HasSubstr("this run takes images"));
  EXPECT_THAT(mistake(torch::zeros({3, 28, 27}, torch::kUInt8)), testing::HasSubstr("3 x 28 x 27"));
  EXPECT_THAT(mistake(torch::zeros({0, 28, 28}, torch::kUInt8)), testing::HasSubstr("0 x 28 x 28"));
  EXPECT_THAT(mistake(torch::Tensor()), testing::HasSubstr("undefined"));
  EXPECT_THROW(predictor.encode({"a text"}), DataError);
}

TEST_F(PredictorTest, SaysWhatARunLacks) {
  EXPECT_THROW(load_classifier(folder_->path / "nowhere"), StateError);
  std::filesystem::copy(run(), folder_->path / "halved");
  std::filesystem::resize_file(folder_->path / "halved/weights.pt", 1000);
  EXPECT_THROW(load_classifier(folder_->path / "halved"), StateError);
}

// float32 has no room for the digits of numbers near a million that lie a hundredth apart.
TEST(DataDescription, KeepsTheDigitsOfALargeMean) {
  const test::TemporaryFolder folder;
  DataDescription before;
  before.shape = {1};
  before.classes = 2;
  before.mean = torch::tensor({1000000.0123}, torch::kFloat64);
  before.scale = torch::tensor({0.01}, torch::kFloat64);
  std::ofstream(folder.path / "data.json") << to_json(before).dump();
  const auto after = read_data_description(folder.path / "data.json");
  EXPECT_TRUE(torch::equal(after.mean, before.mean));
  EXPECT_EQ(after.scale.scalar_type(), torch::kFloat64);
  before.mean = before.mean.to(torch::kFloat32);
  std::ofstream(folder.path / "data.json") << to_json(before).dump();
  EXPECT_TRUE(torch::equal(read_data_description(folder.path / "data.json").mean, before.mean));
}

}  // namespace
}  // namespace vib
