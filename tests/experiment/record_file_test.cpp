#include "vib/experiment/record_file.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"

namespace vib {
namespace {

class RecordFileTest : public testing::Test, public test::TemporaryFolder {
 protected:
  std::filesystem::path csv() const { return path / "information.csv"; }
  RecordFile file() const { return RecordFile(csv(), "epoch,x\n"); }
  /// What is left of `text` where training goes on behind `epoch`.
  std::string kept(const std::string& text, std::int64_t epoch) const {
    write_file_atomically(csv(), text);
    file().resume_after(epoch);
    return read_file(csv());
  }
};

TEST_F(RecordFileTest, BeginsWithItsHeader) {
  file().append("1,a\n");
  file().append("2,b\n");
  EXPECT_EQ(read_file(csv()), "epoch,x\n1,a\n2,b\n");
}

TEST_F(RecordFileTest, KeepsTheEpochsThatAreDone) {
  const std::string all = "epoch,x\n0,a\n1,b\n1,c\n4,d\n";
  EXPECT_EQ(kept(all, 4), all);
  EXPECT_EQ(kept(all, 3), "epoch,x\n0,a\n1,b\n1,c\n");
  EXPECT_EQ(kept(all, 0), "epoch,x\n0,a\n");
  EXPECT_EQ(kept(all, -1), "epoch,x\n");
}

TEST_F(RecordFileTest, CutsWhatWasHalfWritten) {
  EXPECT_EQ(kept("epoch,x\n1,a\n2,b", 9), "epoch,x\n1,a\n");
  EXPECT_EQ(kept("epoch,x\n1,a\n,\n", 9), "epoch,x\n1,a\n");
  EXPECT_EQ(kept("epo", 9), "");
  EXPECT_EQ(kept("another,file\n1,a\n", 9), "");
  file().append("1,a\n");
  EXPECT_EQ(read_file(csv()), "epoch,x\n1,a\n");
}

TEST_F(RecordFileTest, MakesNoFileWithoutALine) {
  file().resume_after(3);
  file().sync();
  EXPECT_FALSE(std::filesystem::exists(csv()));
}

}  // namespace
}  // namespace vib
