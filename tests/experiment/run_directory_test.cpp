#include "vib/experiment/run_directory.h"

#include <filesystem>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

class RunDirectoryTest : public testing::Test {
 protected:
  const test::TemporaryFolder temporary_;
  const fs::path path_ = temporary_.path / "runs" / "a";
  RunDirectory run_{path_};
};

TEST_F(RunDirectoryTest, IsOpenToOneAtATime) {
  std::optional<FileLock> lock(run_.open("seed: 1\n", false));
  RunDirectory again(path_);
  EXPECT_THAT([&] { (void)again.open("seed: 1\n", true); },
              ThrowsMessage<StateError>(HasSubstr("another process is training this run; wait for it or end it")));
  EXPECT_THAT([&] { (void)again.open("seed: 1\n", false); },
              ThrowsMessage<StateError>(HasSubstr("a run is there already")));
  EXPECT_THAT([&] { (void)again.open("seed: 2\n", true); },
              ThrowsMessage<StateError>(HasSubstr("another configuration")));
  lock.reset();
  EXPECT_NO_THROW((void)again.open("seed: 1\n", true));
}

TEST_F(RunDirectoryTest, TakesTheNextFreeName) {
  for (const char* name : {"a", "a-2", "a-3"}) {
    auto run = RunDirectory::next_free(path_);
    const auto lock = run.open("seed: 1\n", false);
    EXPECT_EQ(run.path(), path_.parent_path() / name);
    EXPECT_TRUE(fs::exists(run.config()));
  }
}

TEST_F(RunDirectoryTest, IsTakenUpWhereAProcessWasKilledBeforeItsFirstFile) {
  fs::create_directories(path_);
  append_to_file(path_ / "config.yaml.17.tmp", "seed:");
  EXPECT_TRUE(run_.open("seed: 1\n", false).held());
  EXPECT_EQ(read_file(run_.config()), "seed: 1\n");
}

TEST_F(RunDirectoryTest, LeavesWhatIsNoRunAsItIs) {
  fs::create_directories(path_);
  append_to_file(path_ / "thesis.tex", "precious");
  EXPECT_THAT([&] { (void)run_.open("seed: 1\n", true); }, ThrowsMessage<StateError>(HasSubstr("is no run directory")));
  EXPECT_THAT([&] { (void)RunDirectory(path_ / "thesis.tex").open("seed: 1\n", false); },
              ThrowsMessage<StateError>(HasSubstr("is no run directory")));
}

}  // namespace
}  // namespace vib
