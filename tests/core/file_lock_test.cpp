#include "vib/core/file_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class FileLockTest : public testing::Test {
 protected:
  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path;
  const fs::path file_ = folder_ / "a.lock";
};

/// A process that takes a lock and keeps it until it is killed.
class Holder {
 public:
  explicit Holder(const fs::path& file) {
    int told[2];
    if (pipe(told) != 0) throw Error("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      const auto lock = FileLock::try_lock(file);
      const char held = lock.held() ? 1 : 0;
      if (write(told[1], &held, 1) != 1) _exit(1);
      while (true) pause();
    }
    char held = 0;
    held_ = read(told[0], &held, 1) == 1 && held == 1;
    close(told[0]);
    close(told[1]);
  }
  ~Holder() { end(); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  bool held() const { return held_; }
  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(std::exchange(pid_, 0), nullptr, 0);
  }

 private:
  pid_t pid_ = 0;
  bool held_ = false;
};

TEST_F(FileLockTest, IsHeldByOne) {
  const auto first = FileLock::try_lock(file_);
  EXPECT_TRUE(first.held());
  EXPECT_FALSE(FileLock::try_lock(file_).held());
  EXPECT_TRUE(FileLock::try_lock(folder_ / "b.lock").held());
}

TEST_F(FileLockTest, IsFreeAgainAfterItsLife) {
  { const auto first = FileLock::try_lock(file_); }
  EXPECT_TRUE(FileLock::try_lock(file_).held());
  EXPECT_TRUE(fs::exists(file_));
}

TEST_F(FileLockTest, LocksAFolderAndLeavesNothingInIt) {
  std::optional<FileLock> first(FileLock::try_lock_folder(folder_));
  EXPECT_TRUE(first->held());
  EXPECT_FALSE(FileLock::try_lock_folder(folder_).held());
  EXPECT_TRUE(fs::is_empty(folder_));
  first.reset();
  EXPECT_TRUE(FileLock::try_lock_folder(folder_).held());
  EXPECT_THAT([&] { FileLock::try_lock_folder(folder_ / "missing"); },
              ThrowsMessage<StateError>(HasSubstr("No such file or directory")));
}

TEST_F(FileLockTest, MovesToAnotherOwner) {
  std::optional<FileLock> first(FileLock::try_lock(file_));
  const FileLock second(std::move(*first));
  EXPECT_TRUE(second.held());
  EXPECT_FALSE(first->held());
  first.reset();
  EXPECT_FALSE(FileLock::try_lock(file_).held()) << "the empty one must not release it";
}

TEST_F(FileLockTest, HoldsAmongProcesses) {
  Holder holder(file_);
  ASSERT_TRUE(holder.held());
  EXPECT_FALSE(FileLock::try_lock(file_).held());
  EXPECT_FALSE(Holder(file_).held());
}

TEST_F(FileLockTest, IsTakenBackFromAKilledProcess) {
  Holder holder(file_);
  ASSERT_TRUE(holder.held());
  holder.end();
  EXPECT_TRUE(FileLock::try_lock(file_).held());
}

TEST_F(FileLockTest, WaitsUntilItIsFree) {
  using Clock = std::chrono::steady_clock;
  std::optional<FileLock> first(FileLock::lock(file_));
  Clock::time_point released;
  std::thread releasing([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    released = Clock::now();
    first.reset();
  });
  const auto second = FileLock::lock(file_);
  const auto taken = Clock::now();
  releasing.join();
  EXPECT_TRUE(second.held());
  EXPECT_GE(taken, released);
}

TEST_F(FileLockTest, NamesTheFileAndTheReason) {
  const auto missing = folder_ / "missing" / "a.lock";
  EXPECT_THAT([&] { FileLock::try_lock(missing); },
              ThrowsMessage<StateError>(AllOf(HasSubstr(missing.string()), HasSubstr("No such file or directory"))));
  EXPECT_THAT([&] { FileLock::lock(folder_); },
              ThrowsMessage<StateError>(AllOf(HasSubstr(folder_.string()), HasSubstr("Is a directory"))));
}

TEST_F(FileLockTest, SaysThatAFolderIsReadOnly) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_THAT([&] { FileLock::try_lock(file_); },
              ThrowsMessage<StateError>(AllOf(HasSubstr(file_.string()), HasSubstr("Permission denied"))));
  fs::permissions(folder_, fs::perms::owner_all);
}

}  // namespace
}  // namespace vib
