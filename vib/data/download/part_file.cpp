#include "vib/data/download/part_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/sha256.h"
#include "vib/core/sync_folder.h"

namespace vib {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* action, int code) {
  throw StateError(fmt::format("{}: cannot {}: {}", path.string(), action, std::generic_category().message(code)));
}

std::filesystem::path part_of(std::filesystem::path target) { return target += ".part"; }

}  // namespace

PartFile::PartFile(std::filesystem::path target) : target_(std::move(target)), path_(part_of(target_)) {
  std::error_code error;
  std::filesystem::create_directories(folder_of(target_), error);
  if (error) fail(folder_of(target_), "make the folder", error.value());
  file_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0666));
  if (!file_.is_open()) fail(path_, "create", errno);
  if (const auto end = ::lseek(file_.get(), 0, SEEK_END); end > 0) size_ = static_cast<std::uint64_t>(end);
}

PartFile::~PartFile() {
  if (file_.is_open() && size_ == 0) ::unlink(path_.c_str());
}

void PartFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path_, "write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
}

void PartFile::clear() {
  if (size_ > 0 && ::ftruncate(file_.get(), 0) != 0) fail(path_, "empty", errno);
  size_ = 0;
}

std::string PartFile::sha256() const { return sha256_of_file(path_); }

void PartFile::become_target() {
  if (::fsync(file_.get()) != 0) fail(path_, "sync", errno);
  if (!file_.close()) fail(path_, "close", errno);
  if (::rename(path_.c_str(), target_.c_str()) != 0) fail(target_, "put the file in place", errno);
  sync_folder(folder_of(target_));
}

}  // namespace vib
