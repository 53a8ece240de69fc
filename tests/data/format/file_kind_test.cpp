#include "vib/data/format/file_kind.h"

#include <sys/stat.h>

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"

namespace vib {
namespace {

using namespace std::string_literals;
using Is = FileKind::Is;

TEST(FileKind, IsToldByTheFirstBytes) {
  EXPECT_EQ(kind_of("\x93NUMPY\x01\0v\0{'descr'"s).words, "is a NumPy array");
  EXPECT_EQ(kind_of("PK\x03\x04\x14"s).words, "is a zip archive, as .npz, .pt and .xlsx files are");
  EXPECT_EQ(kind_of("\x3a\0\0\0\0\0\0\0{\"x\":"s).words, "is a safetensors file");
  EXPECT_EQ(kind_of("\0\0\x08\x03\0\0\0\x3c"s).is, Is::kIdx);
  EXPECT_EQ(kind_of("\x1f\x8b\x08"s).is, Is::kGzip);
  EXPECT_EQ(kind_of("\x89PNG\r\n\x1a\n"s).is, Is::kImage);
  EXPECT_EQ(kind_of("\xff\xd8\xff\xe0"s).is, Is::kImage);
  EXPECT_EQ(kind_of("%PDF-1.4\n"s).words, "is a PDF document");
  EXPECT_EQ(kind_of("\xff\xfe,\0,\0"s).words, "is text in UTF-16, not in UTF-8");
  EXPECT_EQ(kind_of("ab\0cd"s).words, "is no text, but binary data");
  EXPECT_EQ(kind_of("").words, "is empty");
}

TEST(FileKind, OfTextIsText) {
  for (const auto& text : {"a,b\n1,2\n"s, "\xef\xbb\xbfgood"s, "PK is a word"s, "PAR1,PAR2\n"s, "\n"s, "GIF87 or so"s})
    EXPECT_EQ(kind_of(text).is, Is::kText) << text;
}

TEST(FileKind, OfWhatIsNoFileIsSaidWithoutOpeningIt) {
  const test::TemporaryFolder folder;
  const auto pipe = folder.path / "pipe";  // to open it would wait for a writer
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(kind_of_file(pipe).words, "is a pipe or a device");
  EXPECT_EQ(kind_of_file(folder.path).words, "is a folder");
  EXPECT_EQ(kind_of_file(folder.path / "nothing").words, "no such file");
  std::ofstream(folder.path / "text") << "good\n";
  EXPECT_NO_THROW(require_text(folder.path / "text", "anything"));
  try {
    require_text(pipe, "a text");
    ADD_FAILURE();
  } catch (const DataError& e) {
    EXPECT_EQ(e.what(), pipe.string() + ": is a pipe or a device; expected a text");
  }
}

}  // namespace
}  // namespace vib
