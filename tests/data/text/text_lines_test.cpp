#include "vib/data/text/text_lines.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vib/core/error.h"

namespace vib {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string refusal(const std::string& content) {
  std::istringstream in(content);
  try {
    TextLines(in, "a.txt").next(10);
  } catch (const DataError& e) {
    return e.what();
  }
  return "";
}

TEST(TextLines, ComeWithoutTheirEndsAndWithoutAByteOrderMark) {
  std::istringstream in("\xEF\xBB\xBFgood\r\n\nno end");
  TextLines lines(in, "a.txt");
  EXPECT_THAT(lines.next(2), ElementsAre("good", ""));
  EXPECT_EQ(lines.bytes(), 10);
  EXPECT_THAT(lines.next(2), ElementsAre("no end"));
  EXPECT_THAT(lines.next(2), IsEmpty());
}

TEST(TextLines, AreRefusedWhereTheyAreNoText) {
  EXPECT_EQ(refusal("\x89PNG\r\n\x1a\nabc"), "a.txt: is a PNG image; expected a text on each line");
  EXPECT_EQ(refusal("good\nsch\xf6n\n"),
            "a.txt:2: is not UTF-8, but Latin 1 or UTF-16 perhaps; save the file as UTF-8");
  EXPECT_THAT(refusal(std::string("good\na\0b\n", 9)), testing::StartsWith("a.txt:2: is not UTF-8"));
}

}  // namespace
}  // namespace vib
