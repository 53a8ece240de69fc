#include "vib/report/drawn_examples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

namespace vib {
namespace {

torch::Tensor gray(const std::vector<int>& pixels, std::int64_t height, std::int64_t width) {
  return torch::tensor(pixels).to(torch::kUInt8).view({1, 1, height, width});
}

TEST(DrawnImages, TakeTwoPixelsForACharacter) {
  EXPECT_EQ(draw_images(gray({0, 255, 128, 0, 255, 128, 255, 0, 0}, 3, 3), {"a"}, Shades::kAscii, 80),
            "a\n"
            " @+\n"
            "@\n");
}

TEST(DrawnImages, StandSideBySideUnderTheirCaptionsAsFarAsTheyFit) {
  const auto white = torch::full({3, 1, 2, 4}, 255).to(torch::kUInt8);
  EXPECT_EQ(draw_images(white, {"ä", "b", "c"}, Shades::kAscii, 10),
            "ä     b\n"
            "@@@@  @@@@\n");
  EXPECT_EQ(draw_images(white, {"ä", "b", "c"}, Shades::kAscii, 16),
            "ä     b     c\n"
            "@@@@  @@@@  @@@@\n");
  EXPECT_EQ(draw_images(white, {}, Shades::kAscii, 2), "\n@@\n") << "every second pixel of a row";
}

TEST(DrawnImages, HaveTheirColours) {
  const auto image = torch::tensor({255, 0, 0, 0, 0, 7}).to(torch::kUInt8).view({1, 3, 2, 1});
  EXPECT_EQ(draw_images(image, {""}, Shades::kColour, 80), "\n\x1b[38;2;255;0;0m\x1b[48;2;0;0;7m▀\x1b[0m\n");
}

TEST(DrawnTexts, AreCutToLinesOfWholeCharacters) {
  EXPECT_EQ(draw_texts({"äöüabcdefg", "x"}, {"1", "2"}, 6, 2), "1:\n  äöüa\n  bcde\n2:\n  x\n");
}

TEST(DrawnTexts, CannotCommandTheTerminal) {
  EXPECT_EQ(draw_texts({"a\x1b[31m\nb\x07\xc2\x9b\xff\xc3"}, {}, 80), "  a [31m b  ??\n");
}

}  // namespace
}  // namespace vib
