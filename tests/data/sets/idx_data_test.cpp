#include "vib/data/sets/idx_data.h"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class IdxData : public testing::Test {
 protected:
  void SetUp() override {
    put("train_images", {6, 2, 3});
    put("test_images", {3, 2, 3});
    put("train_labels", {6}, {0, 1, 2, 3, 1, 2});
    put("test_labels", {3}, {3, 0, 1});
  }

  /// An IDX file of `shape` that counts from 0, or holds `bytes`.
  void put(const std::string& name, const std::vector<int>& shape, std::vector<int> bytes = {}) const {
    std::string file{0, 0, 8, static_cast<char>(shape.size())};
    int count = 1;
    for (const int size : shape) {
      file += {0, 0, 0, static_cast<char>(size)};
      count *= size;
    }
    for (int i = 0; i < count; ++i) file += static_cast<char>(bytes.empty() ? i : bytes[static_cast<std::size_t>(i)]);
    std::ofstream(folder_.path / name, std::ios::binary) << file;
  }

  IdxDataOptions options() const {
    return {folder_.path / "train_images", folder_.path / "train_labels", folder_.path / "test_images",
            folder_.path / "test_labels"};
  }

  void expect_refused(const IdxDataOptions& options, const std::string& file, const std::string& reason) const {
    EXPECT_THAT([&] { load_idx(options); },
                ThrowsMessage<DataError>(AllOf(HasSubstr((folder_.path / file).string()), HasSubstr(reason))));
  }

  const test::TemporaryFolder folder_;
};

TEST_F(IdxData, ReadsImagesOfAnySizeAndCountsTheClasses) {
  const auto splits = load_idx(options().validation(2).low(0).high(255));
  EXPECT_EQ(splits.train.size(), 4);
  EXPECT_EQ(splits.validation.size(), 2);
  EXPECT_EQ(splits.validation.name, "idx/validation");
  EXPECT_EQ(splits.test.inputs.sizes().vec(), (std::vector<std::int64_t>{3, 1, 2, 3}));
  EXPECT_EQ(splits.test.targets.scalar_type(), torch::kInt64);
  EXPECT_EQ(splits.test.classes, 4);
  EXPECT_EQ(splits.train.classes, 4);
  EXPECT_FLOAT_EQ(splits.test.batch_inputs(2, 3).max().item<float>(), 17);
}

TEST_F(IdxData, SwapsRowsAndColumnsOnRequest) {
  const auto lying = load_idx(options()).train.inputs;
  const auto upright = load_idx(options().transpose(true)).train.inputs;
  EXPECT_EQ(upright.sizes().vec(), (std::vector<std::int64_t>{6, 1, 3, 2}));
  EXPECT_TRUE(upright.equal(lying.transpose(2, 3)));
}

TEST_F(IdxData, KeepsTheChannelsOfColourImages) {
  put("train_images", {6, 3, 2, 2});
  put("test_images", {3, 3, 2, 2});
  EXPECT_EQ(load_idx(options()).train.inputs.sizes().vec(), (std::vector<std::int64_t>{6, 3, 2, 2}));
}

TEST_F(IdxData, SaysWhatToDoWithLabelsThatBeginAtOne) {
  put("train_labels", {6}, {1, 2, 3, 4, 1, 2});
  put("test_labels", {3}, {4, 1, 2});
  expect_refused(options(), "train_labels", "set first_label: 1");
  const auto splits = load_idx(options().first_label(1));
  EXPECT_EQ(splits.train.classes, 4);
  EXPECT_TRUE(splits.test.targets.equal(torch::tensor({3, 0, 1}, torch::kInt64)));
  put("test_labels", {3}, {4, 0, 2});
  expect_refused(options().first_label(1), "test_labels", "found the label 0");
}

TEST_F(IdxData, RefusesWhatDoesNotFitTogether) {
  put("test_labels", {3}, {4, 0, 1});
  expect_refused(options(), "test_labels", "row 0 (counted from 0) is of class 4");
  put("test_labels", {2}, {0, 1});
  expect_refused(options(), "test_labels", "expected 3 labels");
  put("test_labels", {3}, {0, 0, 1});
  put("test_images", {3, 3, 2});
  expect_refused(options(), "test_images", "expected images of 1 x 2 x 3");
  put("train_images", {6});
  expect_refused(options(), "train_images", "expected images (N x HEIGHT x WIDTH), found 6");
}

}  // namespace
}  // namespace vib
