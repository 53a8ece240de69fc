#include "vib/data/sets/image_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/format/written_images.h"
#include "tests/temporary_folder.h"
#include "vib/core/error.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class ImageFoldersTest : public testing::Test, public test::TemporaryFolder {
 protected:
  /// A folder of `count` images of one shade.
  void put(const std::string& folder, int count, int shade, std::int64_t side = 4) const {
    std::filesystem::create_directories(path / folder);
    for (int i = 0; i < count; ++i)
      test::write_png(path / folder / (std::to_string(i) + ".png"), torch::full({3, side, side}, shade, torch::kUInt8));
  }
};

TEST_F(ImageFoldersTest, AFolderIsAClass) {
  put("train/dogs", 3, 200);
  put("train/cats", 2, 50, 8);
  put("test/dogs", 1, 210);
  std::filesystem::create_directories(path / "train/.thumbnails");
  const auto [splits, classes] = load_image_folders(ImageFolderOptions(path / "train").test(path / "test").channels(1));
  EXPECT_THAT(classes, ElementsAre("cats", "dogs"));
  EXPECT_EQ(splits.train.inputs.sizes(), torch::IntArrayRef({5, 1, 8, 8}));  // that of the first, a cat
  EXPECT_TRUE(torch::equal(splits.train.targets, torch::tensor({0, 0, 1, 1, 1})));
  EXPECT_TRUE(torch::equal(splits.train.inputs.select(1, 0).select(1, 0).select(1, 0),
                           torch::tensor({50, 50, 200, 200, 200}, torch::kUInt8)));
  EXPECT_TRUE(torch::equal(splits.test.targets, torch::tensor({1})));
  EXPECT_EQ(splits.test.inputs[0][0][7][7].item<int>(), 210);
  EXPECT_EQ(splits.test.classes, 2);
}

TEST_F(ImageFoldersTest, RefusesAClassWhoseNameIsNotUtf8) {
  put("gr\xFCn", 1, 50);
  EXPECT_THAT([&] { load_image_folders(ImageFolderOptions(path)); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("gr\xEF\xBF\xBDn: "), HasSubstr("not UTF-8"))));
}

TEST_F(ImageFoldersTest, TakesAShareForTest) {
  put("cats", 6, 50);
  put("dogs", 4, 200);
  const auto splits =
      load_image_folders(ImageFolderOptions(path).test_share(0.3).split(SplitOptions().validation(2)).size({2, 3}))
          .splits;
  EXPECT_EQ(splits.train.size(), 5);
  EXPECT_EQ(splits.validation.size(), 2);
  EXPECT_EQ(splits.test.inputs.sizes(), torch::IntArrayRef({3, 3, 2, 3}));
}

TEST_F(ImageFoldersTest, SaysWhatIsMissing) {
  const auto refused = [&](const ImageFolderOptions& options, const std::string& folder, const std::string& reason) {
    EXPECT_THAT([&] { load_image_folders(options); },
                ThrowsMessage<DataError>(AllOf(HasSubstr((path / folder).string()), HasSubstr(reason))));
  };
  const ImageFolderOptions options(path / "train");
  refused(options, "train", "expected a folder");
  std::filesystem::create_directories(path / "train");
  refused(options, "train", "a folder for each class");
  std::filesystem::create_directories(path / "train/cats");
  refused(options, "train/cats", "holds no PNG or JPEG image");
  put("train/cats", 2, 0);
  put("test/birds", 1, 0);
  refused(ImageFolderOptions(path / "train").test(path / "test"), "test/birds", "no class \"birds\"; it has \"cats\"");
}

}  // namespace
}  // namespace vib
