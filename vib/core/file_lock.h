#pragma once

#include <filesystem>

#include "vib/core/descriptor.h"

namespace vib {

/// An exclusive lock on a file or folder among processes, for as long as it lives; the system takes it back from a
/// process that dies. A file is made where there is none, and stays.
class FileLock {
 public:
  /// Takes the lock if nobody has it; see `held`. Throws vib::StateError where the file cannot be made.
  static FileLock try_lock(const std::filesystem::path& file) { return FileLock(file, /*wait=*/false); }
  /// The same of a folder that is there, in which no file is made. On a file system that knows no locks, everybody is
  /// told that it is held.
  static FileLock try_lock_folder(const std::filesystem::path& folder);
  /// Waits until nobody has it.
  static FileLock lock(const std::filesystem::path& file) { return FileLock(file, /*wait=*/true); }

  bool held() const { return file_.is_open(); }

 private:
  FileLock() = default;
  FileLock(const std::filesystem::path& file, bool wait);

  FileDescriptor file_;
};

}  // namespace vib
