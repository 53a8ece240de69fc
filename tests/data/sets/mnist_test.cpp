#include "vib/data/sets/mnist.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string idx(const std::vector<unsigned char>& shape, const std::string& bytes) {
  std::string file{0, 0, 8, static_cast<char>(shape.size())};
  for (const auto size : shape) file += {0, 0, 0, static_cast<char>(size)};
  return file + bytes;
}

std::string images(unsigned char count, unsigned char side = 28) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += std::string(side * side, static_cast<char>(i));
  return idx({count, side, side}, bytes);
}

std::string labels(unsigned char count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(i % 10);
  return idx({count}, bytes);
}

/// A folder with a well-formed data set of 30 training and 10 test images.
class Mnist : public testing::Test {
 protected:
  void SetUp() override {
    put("train-images-idx3-ubyte", images(30));
    put("train-labels-idx1-ubyte", labels(30));
    put("t10k-images-idx3-ubyte", images(10));
    put("t10k-labels-idx1-ubyte", labels(10));
  }

  void put(const std::string& name, const std::string& bytes) const {
    std::ofstream(root_ / name, std::ios::binary) << bytes;
  }

  void expect_refused(const std::string& file, const std::string& reason) const {
    EXPECT_THAT([&] { load_mnist(options_); },
                ThrowsMessage<DataError>(AllOf(HasSubstr((root_ / file).string()), HasSubstr(reason))));
  }

  const test::TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path;
  const MnistOptions options_ = MnistOptions(root_).validation(5);
};

TEST_F(Mnist, SplitsAndScales) {
  const auto splits = load_mnist(MnistOptions(root_).validation(5).low(0.0).high(255.0));
  EXPECT_EQ(splits.train.size(), 25);
  EXPECT_EQ(splits.validation.size(), 5);
  EXPECT_EQ(splits.test.inputs.sizes().vec(), (std::vector<std::int64_t>{10, 1, 28, 28}));
  EXPECT_EQ(splits.test.inputs.scalar_type(), torch::kUInt8);
  EXPECT_EQ(splits.test.targets.scalar_type(), torch::kInt64);
  EXPECT_EQ(splits.test.classes, 10);
  EXPECT_EQ(splits.test.name, "mnist/test");
  EXPECT_FLOAT_EQ(splits.test.batch_inputs(7, 8).max().item<float>(), 7.0f);
}

TEST_F(Mnist, KeepsEveryImageWithItsLabel) {
  const auto splits = load_mnist(options_);
  for (const auto* split : {&splits.train, &splits.validation, &splits.test}) {
    EXPECT_TRUE(split->inputs.select(3, 0).select(2, 0).flatten().remainder(10).equal(split->targets)) << split->name;
  }
}

TEST_F(Mnist, ReadsTheOtherSpelling) {
  for (const std::string stem : {"train-images", "train-labels", "t10k-images", "t10k-labels"}) {
    const std::string rank = stem.ends_with("images") ? "idx3" : "idx1";
    fs::rename(root_ / (stem + "-" + rank + "-ubyte"), root_ / (stem + "." + rank + "-ubyte"));
  }
  EXPECT_EQ(load_mnist(options_).test.size(), 10);
}

TEST_F(Mnist, SaysWhichFileIsMissingAndWhereToGetIt) {
  fs::remove(root_ / "t10k-labels-idx1-ubyte");
  EXPECT_THAT([&] { load_mnist(options_); },
              ThrowsMessage<DataError>(AllOf(HasSubstr(root_.string()), HasSubstr("t10k-labels-idx1-ubyte.gz"),
                                             HasSubstr("t10k-labels.idx1-ubyte"), HasSubstr("data.root"),
                                             HasSubstr("https://"))));
}

TEST_F(Mnist, RefusesMoreImagesThanLabels) {
  put("train-labels-idx1-ubyte", labels(29));
  expect_refused("train-labels-idx1-ubyte", "expected 30 labels, one for each image, found 29");
}

TEST_F(Mnist, RefusesLabelsBeyondNine) {
  put("t10k-labels-idx1-ubyte", idx({10}, std::string(9, '\0') + '\x0A'));
  expect_refused("t10k-labels-idx1-ubyte", "expected labels 0 to 9, found 10");
}

TEST_F(Mnist, RefusesOtherImages) {
  put("train-images-idx3-ubyte", images(30, 27));
  expect_refused("train-images-idx3-ubyte", "found 30 x 27 x 27");
  put("train-images-idx3-ubyte", labels(30));
  expect_refused("train-images-idx3-ubyte", "found 30");
}

TEST_F(Mnist, RefusesATruncatedFile) {
  put("train-images-idx3-ubyte", images(30).substr(0, 2000));
  expect_refused("train-images-idx3-ubyte", "truncated");
}

TEST_F(Mnist, RefusesAnEmptySplit) {
  put("t10k-images-idx3-ubyte", images(0));
  put("t10k-labels-idx1-ubyte", labels(0));
  expect_refused("t10k-labels-idx1-ubyte", "found none");
}

TEST_F(Mnist, RefusesToHoldOutEverything) { EXPECT_THROW(load_mnist(MnistOptions(root_).validation(30)), DataError); }

TEST(MnistFiles, HoldWhatWasPublished) {
  const char* folder = std::getenv("VIB_DATA_DIR");
  if (folder == nullptr || !fs::exists(fs::path(folder) / "mnist")) GTEST_SKIP() << "no mnist under VIB_DATA_DIR";
  const auto splits = load_mnist(MnistOptions(fs::path(folder) / "mnist").validation(0));
  ASSERT_EQ(splits.train.size(), 60'000);
  ASSERT_EQ(splits.test.size(), 10'000);
  EXPECT_TRUE(splits.train.targets.bincount().equal(
      torch::tensor({5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}, torch::kInt64)));
  EXPECT_TRUE(splits.test.targets.bincount().equal(
      torch::tensor({980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}, torch::kInt64)));
  // The well-known mean and deviation of the training pixels.
  const auto pixels = splits.train.inputs.to(torch::kFloat32).div_(255.0);
  EXPECT_NEAR(pixels.mean().item<double>(), 0.1307, 5e-5);
  EXPECT_NEAR(pixels.std().item<double>(), 0.3081, 5e-5);
}

}  // namespace
}  // namespace vib
