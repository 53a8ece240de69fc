#include "vib/data/download/part_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "vib/core/sha256.h"
#include "vib/core/sync_folder.h"
#include "vib/core/system_error.h"

namespace vib {
namespace {

std::filesystem::path part_of(std::filesystem::path target) { return target += ".part"; }

}  // namespace

PartFile::PartFile(std::filesystem::path target) : target_(std::move(target)), path_(part_of(target_)) {
  make_folder(folder_of(target_));
  file_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0666));
  if (!file_.is_open()) throw_system_error("create", path_);
  if (const auto end = ::lseek(file_.get(), 0, SEEK_END); end > 0) size_ = static_cast<std::uint64_t>(end);
}

PartFile::~PartFile() {
  if (file_.is_open() && size_ == 0) ::unlink(path_.c_str());
}

void PartFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_system_error("write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
}

void PartFile::clear() {
  if (size_ > 0 && ::ftruncate(file_.get(), 0) != 0) throw_system_error("empty", path_);
  size_ = 0;
}

std::string PartFile::sha256() const { return sha256_of_file(path_); }

void PartFile::become_target() {
  if (::fsync(file_.get()) != 0) throw_system_error("sync", path_);
  if (!file_.close()) throw_system_error("close", path_);
  if (::rename(path_.c_str(), target_.c_str()) != 0) throw_system_error("put the file in place", target_);
  sync_folder(folder_of(target_));
}

}  // namespace vib
