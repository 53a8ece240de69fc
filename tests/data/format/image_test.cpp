#include "vib/data/format/image.h"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/format/written_images.h"
#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class ImageTest : public testing::Test, public test::TemporaryFolder {
 protected:
  std::filesystem::path put(const std::string& name, const std::string& bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
    return path / name;
  }
  void expect_refused(const std::filesystem::path& file, const std::string& reason) const {
    EXPECT_THAT([&] { read_image(file); },
                ThrowsMessage<DataError>(AllOf(HasSubstr(file.string() + ": "), HasSubstr(reason))));
  }
};

TEST_F(ImageTest, ReadsThePixelsOfAPng) {
  const auto pixels = torch::randint(0, 256, {3, 5, 7}, torch::kUInt8);
  test::write_png(path / "a.png", pixels);
  EXPECT_TRUE(torch::equal(read_image(path / "a.png"), pixels));
  EXPECT_TRUE(torch::equal(read_image(path / "a.png", 3, 5, 7), pixels));
}

TEST_F(ImageTest, ReadsAJpegAsWellAsItKeepsPixels) {
  auto pixels = torch::empty({3, 16, 24}, torch::kUInt8);
  for (int channel = 0; channel < 3; ++channel) pixels[channel].fill_(60 * channel + 40);
  test::write_jpeg(path / "a.jpg", pixels);
  const auto read = read_image(path / "a.jpg");
  ASSERT_EQ(read.sizes(), pixels.sizes());
  EXPECT_LE((read.to(torch::kInt32) - pixels.to(torch::kInt32)).abs().max().item<int>(), 2);
}

// Luma of ITU-R 601: 0.299 R + 0.587 G + 0.114 B.
TEST_F(ImageTest, MakesGreyOfColours) {
  const auto pixels = torch::tensor({255, 0, 0, 100, 0, 255, 0, 100, 0, 0, 255, 100}, torch::kUInt8).view({3, 1, 4});
  test::write_png(path / "a.png", pixels);
  EXPECT_TRUE(torch::equal(read_image(path / "a.png", 1, 1, 4), torch::tensor({{{76, 150, 29, 100}}}, torch::kUInt8)));
}

// Pillow 13: Image.fromarray(a).resize((3, 4), Image.BILINEAR).
TEST_F(ImageTest, ResizesAsPillowDoes) {
  auto grey = (torch::arange(48) * 5).to(torch::kUInt8).view({6, 8});
  grey[2][3] = 255;
  test::write_png(path / "a.png", grey.expand({3, 6, 8}));
  const auto expected =
      torch::tensor({21, 33, 44, 84, 116, 100, 136, 152, 158, 191, 203, 214}, torch::kInt32).view({1, 4, 3});
  const auto found = read_image(path / "a.png", 1, 4, 3).to(torch::kInt32);
  EXPECT_LE((found - expected).abs().max().item<int>(), 1) << found;
}

TEST_F(ImageTest, RefusesWhatIsDamagedWithItsName) {
  test::write_png(path / "a.png", torch::randint(0, 256, {3, 20, 20}, torch::kUInt8));
  test::write_jpeg(path / "a.jpg", torch::randint(0, 256, {3, 20, 20}, torch::kUInt8));
  const auto png = read_file(path / "a.png"), jpeg = read_file(path / "a.jpg");
  for (const auto share : {0.1, 0.5, 0.95}) {
    expect_refused(put("cut.png", png.substr(0, static_cast<std::size_t>(share * png.size()))), "damaged PNG");
    expect_refused(put("cut.jpg", jpeg.substr(0, static_cast<std::size_t>(share * jpeg.size()))), "damaged JPEG");
  }
  auto flipped = png;
  flipped[png.size() / 2] ^= 1;
  expect_refused(put("flipped.png", flipped), "damaged PNG");
  expect_refused(put("empty.png", ""), "empty");
  expect_refused(put("text.jpg", "no image"), "neither");
  expect_refused(path / "nothing.png", "");
}

TEST_F(ImageTest, RefusesAnImageThatWouldTakeAllMemory) {
  test::write_png(path / "a.png", torch::zeros({3, 1, 1}, torch::kUInt8));
  auto png = read_file(path / "a.png");
  png.replace(16, 8, std::string("\0\0\xea\x60\0\0\xea\x60", 8));  // 60,000 x 60,000
  const auto crc = test::crc_of(png.substr(12, 17));
  for (int i = 0; i < 4; ++i) png[29 + i] = static_cast<char>(crc >> (24 - 8 * i));
  expect_refused(put("huge.png", png), "60000 x 60000 pixels");
}

// The same file with a size that it may have, and cannot hold.
TEST_F(ImageTest, RefusesAPngThatDeclaresMoreThanItCanHold) {
  test::write_png(path / "a.png", torch::zeros({3, 1, 1}, torch::kUInt8));
  auto png = read_file(path / "a.png");
  png.replace(16, 8, std::string("\0\0\x20\0\0\0\x20\0", 8));
  const auto crc = test::crc_of(png.substr(12, 17));
  for (int i = 0; i < 4; ++i) png[29 + i] = static_cast<char>(crc >> (24 - 8 * i));
  expect_refused(put("huge.png", png), "8192 x 8192 pixels, more than");
}

// A progressive file has as many as it likes, and each goes over the whole image.
TEST_F(ImageTest, RefusesAJpegOfAnyNumberOfScans) {
  expect_refused(VIB_SOURCE_DIR "/tests/fuzz/corpus/image/200_scans.jpg", "damaged JPEG file: more than 100 scans");
}

TEST_F(ImageTest, ListsTheImagesOfAFolderInOrder) {
  for (const auto* name : {"b.JPG", "a.png", "c.jpeg", "notes.txt", "png"}) put(name, "");
  const auto files = image_files(path);
  EXPECT_THAT(files, testing::ElementsAre(path / "a.png", path / "b.JPG", path / "c.jpeg"));
  EXPECT_THAT([&] { image_files(path / "nothing"); },
              ThrowsMessage<DataError>(HasSubstr("nothing: expected a folder")));
}

}  // namespace
}  // namespace vib
