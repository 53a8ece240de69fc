#include "vib/experiment/run_directory.h"

#include <filesystem>
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

class RunDirectoryTest : public testing::Test, public test::TemporaryFolder {
 protected:
  void put(const std::string& name) const { write_file_atomically(path / name, "seed: 0\n"); }
  void open(bool resume) const { RunDirectory(path).open("seed: 0\n", resume); }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path)) found.push_back(entry.path().filename().string());
    return found;
  }
};

TEST_F(RunDirectoryTest, OfARunKilledBeforeItsFirstFileWasThereIsFree) {
  for (const bool resume : {false, true}) {
    fs::remove(path / "config.yaml");
    put("config.yaml.4242.tmp");
    open(resume);
    EXPECT_THAT(names(), UnorderedElementsAre("config.yaml"));
  }
}

TEST_F(RunDirectoryTest, ResumedLosesWhatAKillLeftHalfWritten) {
  for (const auto* name : {"config.yaml", "checkpoint.pt", "checkpoint.pt.4242.tmp", "report.html.77.tmp", "my.tmp"})
    put(name);
  open(/*resume=*/true);
  EXPECT_THAT(names(), UnorderedElementsAre("config.yaml", "checkpoint.pt", "my.tmp"));
}

TEST_F(RunDirectoryTest, LeavesAFolderAloneThatIsNoRun) {
  put("notes.4242.tmp");
  EXPECT_THAT([&] { open(/*resume=*/true); }, ThrowsMessage<StateError>(HasSubstr("is no run directory")));
  EXPECT_THAT(names(), UnorderedElementsAre("notes.4242.tmp"));
}

}  // namespace
}  // namespace vib
