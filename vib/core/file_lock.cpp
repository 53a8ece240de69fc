#include "vib/core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "vib/core/system_error.h"

namespace vib {

FileLock::FileLock(const std::filesystem::path& file, bool wait)
    : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (!held()) throw_system_error("create", file);
  int result = 0;
  do {
    result = ::flock(file_.get(), wait ? LOCK_EX : LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return;
  const int error = errno;
  file_.close();
  if (error != EWOULDBLOCK) throw_system_error("lock", file, error);
}

}  // namespace vib
