#pragma once

#include <filesystem>

#include "vib/core/descriptor.h"

namespace vib {

/// An exclusive lock on a file among processes, for as long as it lives; the system takes it back from a process that
/// dies. The file itself is made where there is none, and stays.
class FileLock {
 public:
  /// Takes the lock if nobody has it; see `held`. Throws vib::StateError where the file cannot be made.
  static FileLock try_lock(const std::filesystem::path& file) { return FileLock(file, /*wait=*/false); }
  /// Waits until nobody has it.
  static FileLock lock(const std::filesystem::path& file) { return FileLock(file, /*wait=*/true); }

  bool held() const { return file_.is_open(); }

 private:
  FileLock(const std::filesystem::path& file, bool wait);

  FileDescriptor file_;
};

}  // namespace vib
