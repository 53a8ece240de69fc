#include "vib/core/sha256.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"

namespace vib {
namespace {

// From FIPS 180-4's examples.
constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, IsTheStandardsOfWhateverPieces) {
  EXPECT_EQ(Sha256().hex(), kEmpty);
  Sha256 sum;
  sum.update("a");
  sum.update("");
  sum.update("bc");
  EXPECT_EQ(sum.hex(), kAbc);
}

class Sha256OfFile : public testing::Test, public test::TemporaryFolder {};

TEST_F(Sha256OfFile, ReadsAllOfIt) {
  std::ofstream(path / "a") << std::string(1'000'000, 'a');
  EXPECT_EQ(sha256_of_file(path / "a"), kMillionA);
}

TEST_F(Sha256OfFile, NamesAFileThatCannotBeRead) {
  EXPECT_THAT([&] { sha256_of_file(path / "missing"); },
              testing::ThrowsMessage<StateError>(testing::HasSubstr((path / "missing").string())));
  EXPECT_THROW(sha256_of_file(path), StateError);
}

}  // namespace
}  // namespace vib
