#include "vib/core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {

FileLock::FileLock(const std::filesystem::path& file, bool wait)
    : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (!held()) throw StateError(fmt::format("{}: cannot be made: {}", file.string(), std::strerror(errno)));
  int result = 0;
  do {
    result = ::flock(file_.get(), wait ? LOCK_EX : LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return;
  const int error = errno;
  file_.close();
  if (error != EWOULDBLOCK)
    throw StateError(fmt::format("{}: cannot be locked: {}", file.string(), std::strerror(error)));
}

}  // namespace vib
