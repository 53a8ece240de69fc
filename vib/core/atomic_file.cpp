#include "vib/core/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "vib/core/descriptor.h"
#include "vib/core/error.h"
#include "vib/core/sync_folder.h"
#include "vib/core/system_error.h"

namespace vib {
namespace {

/// Removes its file unless the file has been renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  bool rename_to(const std::filesystem::path& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0) return false;
    path_.clear();
    return true;
  }

 private:
  std::filesystem::path path_;
};

void write_all(int file, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      throw_system_error("write", path);
    }
  }
}

/// The number of a file that this process has open where `path` stands for it, as /dev/fd/N does; otherwise -1.
int own_descriptor(const std::filesystem::path& path) {
  std::error_code failed;
  if (!std::filesystem::equivalent(folder_of(path), "/proc/self/fd", failed) || failed) return -1;
  const auto name = path.filename().string();
  int number = -1;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

/// Where the symbolic link `path` leads, one link after the other, as far as a name that is none, or is free.
std::filesystem::path follow_links(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as the kernel has it
  for (int links = 0; own_descriptor(path) < 0; ++links) {
    std::error_code failed;
    const auto target = std::filesystem::read_symlink(path, failed);
    if (failed) return path;
    if (links == kMostLinks) throw_system_error("follow the link", path, ELOOP);
    path = folder_of(path) / target;
  }
  return path;
}

/// What is there; nothing where the name is free or cannot be looked up.
std::optional<struct stat> status_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

/// What is no file has no place in a folder that another could take: it is opened and written.
void write_through(FileDescriptor file, const std::filesystem::path& path,
                   const std::function<void(const ByteSink&)>& write) {
  if (!file.is_open()) throw_system_error("open", path);
  write([&](std::string_view bytes) { write_all(file.get(), bytes, path); });
  if (!file.close()) throw_system_error("close", path);
}

/// Gives the file that takes another's place its permissions, and its owner where this user may.
void take_over(const struct stat& before, int file, const std::filesystem::path& path) {
  const bool owned = ::fchown(file, before.st_uid, before.st_gid) == 0;  // first: it takes set-user-id away
  const mode_t mode = before.st_mode & (owned ? 07777 : 0777);
  if (::fchmod(file, mode) != 0) throw_system_error("keep the permissions", path);
}

bool is_temporary_of(const std::filesystem::path& temporary, std::string_view name) {
  return is_temporary(temporary) && temporary.stem().stem() == name;
}

// A writer keeps its temporary locked, and the system takes the lock back when it dies: a lock that is free tells one
// that was left behind, on whatever machine or in whatever container its writer ran.
void remove_left_behind(const std::filesystem::path& path, const std::string& own) {
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder_of(path), missing)) {
    const auto& found = entry.path();
    if (!is_temporary_of(found, path.filename().string()) || found.filename() == own) continue;
    const FileDescriptor file(::open(found.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (file.is_open() && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(found.c_str());
  }
}

/// A new, locked file. Where the file system knows no locks, nobody removes it either.
FileDescriptor open_temporary(const std::string& name, const std::filesystem::path& path) {
  while (true) {
    FileDescriptor file(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file.is_open()) throw_system_error("create", path);
    ::flock(file.get(), LOCK_EX);
    struct stat status {};
    const bool removed = ::fstat(file.get(), &status) == 0 && status.st_nlink == 0;
    if (!removed) return file;  // else another process took it for one left behind, before it was locked
  }
}

}  // namespace

void write_file_atomically(const std::filesystem::path& given, const std::function<void(const ByteSink&)>& write,
                           Sync sync) {
  const auto path = follow_links(given);
  if (const int number = own_descriptor(path); number >= 0)
    return write_through(FileDescriptor(::fcntl(number, F_DUPFD_CLOEXEC, 0)), given, write);
  const auto before = status_of(path);
  if (before && !S_ISREG(before->st_mode) && !S_ISDIR(before->st_mode))
    return write_through(FileDescriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC)), given, write);

  const std::string name = fmt::format("{}.{}.tmp", path.string(), ::getpid());
  remove_left_behind(path, std::filesystem::path(name).filename());
  auto file = open_temporary(name, path);
  TemporaryFile temporary(name);
  if (before && S_ISREG(before->st_mode)) take_over(*before, file.get(), path);

  write([&](std::string_view bytes) { write_all(file.get(), bytes, path); });
  if (sync != Sync::kNothing && ::fsync(file.get()) != 0) throw_system_error("sync", path);
  const FileDescriptor lock(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0));  // keeps the lock until the file has its name
  if (!file.close()) throw_system_error("close", path);
  if (!temporary.rename_to(path)) throw_system_error("put the new file in place", path);
  if (sync == Sync::kFileAndName) sync_folder(folder_of(path));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes, Sync sync) {
  write_file_atomically(
      path, [&](const ByteSink& sink) { sink(bytes); }, sync);
}

void append_to_file(const std::filesystem::path& path, std::string_view bytes) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!file.is_open()) throw_system_error("open", path);
  const auto end = ::lseek(file.get(), 0, SEEK_END);
  try {
    write_all(file.get(), bytes, path);
  } catch (const StateError&) {
    // Half of a line could not be told from damage. A device cannot be cut, and need not be.
    if (end >= 0 && ::ftruncate(file.get(), end) != 0 && errno != EINVAL) throw_system_error("shorten", path);
    throw;
  }
  if (!file.close()) throw_system_error("close", path);
}

void cut_file(const std::filesystem::path& path, std::size_t size) {
  std::error_code failed;
  std::filesystem::resize_file(path, size, failed);
  if (failed) throw_system_error("shorten", path, failed.value());
}

void sync_file(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) throw_system_error("open", path);
  if (::fsync(file.get()) != 0) throw_system_error("sync", path);
}

bool is_temporary(const std::filesystem::path& path) {
  const auto pid = path.stem().extension().string();  // of NAME.PID.tmp, with the dot
  return path.extension() == ".tmp" && pid.size() > 1 &&
         std::all_of(pid.begin() + 1, pid.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

void remove_temporaries(const std::filesystem::path& folder, std::string_view name) {
  std::error_code missing;
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing))
    if (is_temporary(entry.path()) && entry.path().filename().string().starts_with(name)) found.push_back(entry.path());
  for (const auto& path : found) std::filesystem::remove(path, missing);
}

bool is_free_folder(const std::filesystem::path& folder, std::string_view name) {
  if (!std::filesystem::exists(folder)) return true;
  if (!std::filesystem::is_directory(folder)) return false;
  return std::ranges::all_of(std::filesystem::directory_iterator(folder),
                             [&](const auto& entry) { return is_temporary_of(entry.path(), name); });
}

std::string read_file(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) throw_system_error("open", path);

  std::string content;
  std::array<char, 1 << 16> buffer;
  while (true) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count == 0) return content;
    if (count > 0) {
      content.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw_system_error("read", path);
    }
  }
}

}  // namespace vib
