#include "vib/core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "vib/core/system_error.h"

namespace vib {
namespace {

/// 0, or why there is no lock: EWOULDBLOCK where another process has it.
int lock_open_file(int file, bool wait) {
  int result = 0;
  do {
    result = ::flock(file, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file, bool wait)
    : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (!held()) throw_system_error("create", file);
  const int error = lock_open_file(file_.get(), wait);
  if (error == 0) return;
  file_.close();
  if (error != EWOULDBLOCK) throw_system_error("lock", file, error);
}

FileLock FileLock::try_lock_folder(const std::filesystem::path& folder) {
  FileLock lock;
  lock.file_ = FileDescriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.held()) throw_system_error("open", folder);
  if (lock_open_file(lock.file_.get(), /*wait=*/false) == EWOULDBLOCK) lock.file_.close();
  return lock;
}

}  // namespace vib
