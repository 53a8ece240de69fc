#include "vib/experiment/run_directory.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

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
using testing::UnorderedElementsAre;

class RunDirectoryTest : public testing::Test {
 protected:
  void put(const std::string& name) const {
    fs::create_directories(path_);
    append_to_file(path_ / name, "seed: 1\n");
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path_)) found.push_back(entry.path().filename().string());
    return found;
  }

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

TEST_F(RunDirectoryTest, OfARunKilledBeforeItsFirstFileWasThereIsFree) {
  for (const bool resume : {false, true}) {
    fs::remove_all(path_);
    put("config.yaml.17.tmp");
    EXPECT_TRUE(run_.open("seed: 1\n", resume).held());
    EXPECT_THAT(names(), UnorderedElementsAre("config.yaml"));
  }
}

TEST_F(RunDirectoryTest, ResumedLosesWhatAKillLeftHalfWritten) {
  for (const auto* name : {"config.yaml", "checkpoint.pt", "checkpoint.pt.4242.tmp", "report.html.77.tmp", "my.tmp"})
    put(name);
  EXPECT_TRUE(run_.open("seed: 1\n", /*resume=*/true).held());
  EXPECT_THAT(names(), UnorderedElementsAre("config.yaml", "checkpoint.pt", "my.tmp"));
}

TEST_F(RunDirectoryTest, LeavesWhatIsNoRunAsItIs) {
  put("notes.4242.tmp");
  EXPECT_THAT([&] { (void)run_.open("seed: 1\n", true); }, ThrowsMessage<StateError>(HasSubstr("is no run directory")));
  EXPECT_THAT([&] { (void)RunDirectory(path_ / "notes.4242.tmp").open("seed: 1\n", false); },
              ThrowsMessage<StateError>(HasSubstr("is no run directory")));
  EXPECT_THAT(names(), UnorderedElementsAre("notes.4242.tmp"));
}

}  // namespace
}  // namespace vib
