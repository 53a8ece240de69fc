#include "vib/core/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/file_size_limit.h"
#include "tests/temporary_folder.h"
#include "vib/core/error.h"
#include "vib/core/system_error.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class AtomicFile : public testing::Test {
 protected:
  auto entries() const { return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()); }

  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path;
};

TEST_F(AtomicFile, WritesEveryByteAndLeavesNothingElse) {
  std::string bytes(300'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i);
  write_file_atomically(folder_ / "a", bytes);
  EXPECT_EQ(read_file(folder_ / "a"), bytes);
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFile, ReplacesALongerFile) {
  write_file_atomically(folder_ / "a", "a long text");
  write_file_atomically(folder_ / "a", "short");
  EXPECT_EQ(read_file(folder_ / "a"), "short");
}

TEST_F(AtomicFile, JoinsWhatTheSinkIsGiven) {
  write_file_atomically(folder_ / "a", [](const ByteSink& sink) {
    sink("one ");
    sink("");
    sink("two");
  });
  EXPECT_EQ(read_file(folder_ / "a"), "one two");
}

TEST_F(AtomicFile, WritesAnEmptyFile) {
  write_file_atomically(folder_ / "a", "");
  EXPECT_EQ(read_file(folder_ / "a"), "");
}

TEST_F(AtomicFile, WritesIntoTheWorkingFolder) {
  const auto before = fs::current_path();
  fs::current_path(folder_);
  write_file_atomically("a", "here");
  fs::current_path(before);
  EXPECT_EQ(read_file(folder_ / "a"), "here");
}

TEST_F(AtomicFile, KeepsTheOldFileWhenTheWriterThrows) {
  write_file_atomically(folder_ / "a", "old");
  EXPECT_THROW(write_file_atomically(folder_ / "a",
                                     [](const ByteSink& sink) {
                                       sink("half of the n");
                                       throw std::logic_error("interrupted");
                                     }),
               std::logic_error);
  EXPECT_EQ(read_file(folder_ / "a"), "old");
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFile, ShowsNothingOfTheNewFileBeforeItIsWhole) {
  write_file_atomically(folder_ / "a", "old");
  write_file_atomically(folder_ / "a", [&](const ByteSink& sink) {
    sink("new");
    EXPECT_EQ(read_file(folder_ / "a"), "old");
  });
  EXPECT_EQ(read_file(folder_ / "a"), "new");
}

TEST_F(AtomicFile, RemovesTheTemporaryWhenItCannotTakeTheName) {
  fs::create_directories(folder_ / "a" / "inside");
  EXPECT_THAT([&] { write_file_atomically(folder_ / "a", "x"); },
              ThrowsMessage<StateError>(AllOf(HasSubstr((folder_ / "a").string()), HasSubstr("directory"))));
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFile, NamesThePathAndTheReason) {
  const auto missing = folder_ / "missing";
  EXPECT_THAT([&] { write_file_atomically(missing / "a", "x"); },
              ThrowsMessage<StateError>(AllOf(HasSubstr(missing.string()), HasSubstr("No such file or directory"))));
  EXPECT_THAT([&] { read_file(missing); },
              ThrowsMessage<StateError>(AllOf(HasSubstr(missing.string()), HasSubstr("No such file or directory"))));
  EXPECT_THAT([&] { read_file(folder_); },
              ThrowsMessage<StateError>(AllOf(HasSubstr(folder_.string()), HasSubstr("Is a directory"))));
}

TEST_F(AtomicFile, RemovesWhatAKilledWriterLeft) {
  const auto names = {"a", "a.17.tmp", "a.18.tmp", "b.17.tmp", "a.tmp", "notes.tmp", "a.x1.tmp", "a.17.txt"};
  for (const auto* name : names) write_file_atomically(folder_ / name, "x");
  remove_temporaries(folder_, "a");
  EXPECT_EQ(entries(), 6);
  EXPECT_TRUE(fs::exists(folder_ / "b.17.tmp"));
  remove_temporaries(folder_);
  EXPECT_EQ(entries(), 5);
  for (const auto* name : {"a", "a.tmp", "notes.tmp", "a.x1.tmp", "a.17.txt"}) EXPECT_TRUE(fs::exists(folder_ / name));
  EXPECT_NO_THROW(remove_temporaries(folder_ / "missing"));
}

TEST_F(AtomicFile, RemovesWhatAKilledWriterOfTheSameFileLeftAndNothingElse) {
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  const auto write_half = [&](const fs::path& file, bool killed) {
    const auto pid = fork();
    if (pid == 0)
      write_file_atomically(file, [&](const ByteSink& sink) {
        sink("half");
        if (write(told[1], "x", 1) != 1 || killed) _exit(1);
        while (true) pause();
      });
    char byte = 0;
    EXPECT_EQ(read(told[0], &byte, 1), 1);
    if (killed) waitpid(pid, nullptr, 0);
    return pid;
  };
  const auto temporary = [&](const char* name, pid_t pid) {
    return folder_ / (name + ("." + std::to_string(pid)) + ".tmp");
  };
  const auto living = write_half(folder_ / "a", false);
  const auto killed = write_half(folder_ / "a", true), other = write_half(folder_ / "b", true);
  EXPECT_TRUE(fs::exists(temporary("a", killed)));
  write_file_atomically(folder_ / "a", "whole");
  EXPECT_FALSE(fs::exists(temporary("a", killed)));
  EXPECT_TRUE(fs::exists(temporary("b", other)));
  EXPECT_TRUE(fs::exists(temporary("a", living)));
  kill(living, SIGKILL);
  waitpid(living, nullptr, 0);
}

TEST_F(AtomicFile, ReportsAFullDevice) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  fs::create_symlink("/dev/full", folder_ / ("a." + std::to_string(::getpid()) + ".tmp"));
  EXPECT_THAT([&] { write_file_atomically(folder_ / "a", "x"); },
              ThrowsMessage<StateError>(HasSubstr("No space left on device")));
  EXPECT_EQ(entries(), 0);
}

TEST_F(AtomicFile, SaysWhatHelpsWhereThereIsNoRoom) {
  write_file_atomically(folder_ / "a", "old");
  const test::FileSizeLimit limit(10);
  EXPECT_THAT([&] { write_file_atomically(folder_ / "a", "longer than ten"); },
              ThrowsMessage<NoSpaceError>((folder_ / "a").string() +
                                          ": cannot write: File too large; raise the limit on the size of a file "
                                          "(ulimit -f)"));
  EXPECT_EQ(read_file(folder_ / "a"), "old");
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFile, AppendsAllOrNothing) {
  append_to_file(folder_ / "a", "one\n");
  {
    const test::FileSizeLimit limit(6);
    EXPECT_THROW(append_to_file(folder_ / "a", "two\n"), NoSpaceError);
  }
  EXPECT_EQ(read_file(folder_ / "a"), "one\n");
}

TEST_F(AtomicFile, ReplacesTheFileThatALinkLeadsTo) {
  fs::create_directory(folder_ / "b");
  write_file_atomically(folder_ / "b" / "file", "old");
  fs::create_symlink("b/file", folder_ / "first");
  fs::create_symlink(folder_ / "first", folder_ / "second");
  write_file_atomically(folder_ / "second", "new");
  EXPECT_EQ(read_file(folder_ / "b" / "file"), "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "first"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "second"));

  fs::create_symlink("b/not there yet", folder_ / "dangling");
  write_file_atomically(folder_ / "dangling", "made");
  EXPECT_EQ(read_file(folder_ / "b" / "not there yet"), "made");
  EXPECT_TRUE(fs::is_symlink(folder_ / "dangling"));

  fs::create_symlink("round", folder_ / "round");
  EXPECT_THAT([&] { write_file_atomically(folder_ / "round", "x"); },
              ThrowsMessage<StateError>(HasSubstr("Too many levels of symbolic links")));
}

TEST_F(AtomicFile, WritesThroughADevice) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  fs::create_symlink("/dev/full", folder_ / "full");  // not itself: what root replaced would be gone
  EXPECT_THAT([&] { write_file_atomically(folder_ / "full", "x"); },
              ThrowsMessage<NoSpaceError>((folder_ / "full").string() +
                                          ": cannot write: No space left on device; free some space there"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "full"));
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFile, WritesThroughAPipe) {
  const auto pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  write_file_atomically(pipe, "through");
  char got[16] = {};
  EXPECT_EQ(::read(reader, got, sizeof got), 7);
  EXPECT_EQ(std::string(got), "through");
  EXPECT_TRUE(fs::is_fifo(pipe));
  ::close(reader);
}

// "--out /dev/stdout" where the shell appends stdout to a file.
TEST_F(AtomicFile, WritesWhereAnOpenFileStands) {
  append_to_file(folder_ / "log", "before ");
  const int log = ::open((folder_ / "log").c_str(), O_WRONLY | O_APPEND);
  fs::create_symlink("/dev/fd/" + std::to_string(log), folder_ / "link");
  write_file_atomically("/dev/fd/" + std::to_string(log), "and ");
  write_file_atomically(folder_ / "link", "behind");
  ::close(log);
  EXPECT_EQ(read_file(folder_ / "log"), "before and behind");
}

TEST_F(AtomicFile, KeepsThePermissions) {
  for (const auto mode : {fs::perms(0640), fs::perms(0444)}) {
    write_file_atomically(folder_ / "a", "old");
    fs::permissions(folder_ / "a", mode);
    write_file_atomically(folder_ / "a", "new");
    EXPECT_EQ(fs::status(folder_ / "a").permissions(), mode);
  }
}

}  // namespace
}  // namespace vib
