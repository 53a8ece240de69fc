#include "vib/core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {

FileLock::FileLock(const std::filesystem::path& file, bool wait)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) throw StateError(fmt::format("{}: cannot be made: {}", file.string(), std::strerror(errno)));
  int result = 0;
  do {
    result = ::flock(descriptor_, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return;
  const int error = errno;
  ::close(std::exchange(descriptor_, -1));
  if (error != EWOULDBLOCK)
    throw StateError(fmt::format("{}: cannot be locked: {}", file.string(), std::strerror(error)));
}

FileLock::~FileLock() {
  if (held()) ::close(descriptor_);
}

}  // namespace vib
