#include "vib/core/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "vib/core/descriptor.h"
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

}  // namespace

void write_file_atomically(const std::filesystem::path& path, const std::function<void(const ByteSink&)>& write,
                           Sync sync) {
  const std::string name = fmt::format("{}.{}.tmp", path.string(), ::getpid());
  FileDescriptor file(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file.is_open()) throw_system_error("create", name);
  TemporaryFile temporary(name);

  write([&](std::string_view bytes) { write_all(file.get(), bytes, path); });
  if (sync != Sync::kNothing && ::fsync(file.get()) != 0) throw_system_error("sync", path);
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
  write_all(file.get(), bytes, path);
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
