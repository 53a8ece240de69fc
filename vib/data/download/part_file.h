#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "vib/core/descriptor.h"

namespace vib {

/// What has been downloaded of a file so far: `TARGET.part`, in the target's folder. It outlives an interruption, so
/// that the next attempt goes on behind its last byte; an empty one is removed.
///
/// All members throw vib::StateError with the path and the system's reason.
class PartFile {
 public:
  /// Opens the one that is there, or makes one, and the folders it lies in.
  explicit PartFile(std::filesystem::path target);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  std::uint64_t size() const { return size_; }
  void append(std::string_view bytes);
  /// Throws away what is there.
  void clear();
  std::string sha256() const;
  /// Makes it the target: synced, renamed, and the folder synced.
  void become_target();

 private:
  std::filesystem::path target_;
  std::filesystem::path path_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace vib
