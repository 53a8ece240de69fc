#pragma once

#include <filesystem>
#include <utility>

namespace vib {

/// An exclusive lock on a file among processes, for as long as it lives; the system takes it back from a process that
/// dies. The file itself is made where there is none, and stays.
class FileLock {
 public:
  /// Takes the lock if nobody has it; see `held`. Throws vib::StateError where the file cannot be made.
  static FileLock try_lock(const std::filesystem::path& file) { return FileLock(file, /*wait=*/false); }
  /// Waits until nobody has it.
  static FileLock lock(const std::filesystem::path& file) { return FileLock(file, /*wait=*/true); }

  ~FileLock();
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;

  bool held() const { return descriptor_ >= 0; }

 private:
  FileLock(const std::filesystem::path& file, bool wait);

  int descriptor_;
};

}  // namespace vib
