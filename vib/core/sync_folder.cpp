#include "vib/core/sync_folder.h"

#include <fcntl.h>

#include <cerrno>
#include <system_error>

#include "vib/core/descriptor.h"
#include "vib/core/system_error.h"

namespace vib {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw_system_error("make the folder", folder, failed.value());
}

void remove_everything(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::remove_all(path, failed);
  if (failed) throw_system_error("remove", path, failed.value());
}

void sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open()) throw_system_error("open the folder", folder);
  // EINVAL: a file system whose folders cannot be synced, where nothing more can be done.
  if (::fsync(descriptor.get()) != 0 && errno != EINVAL) throw_system_error("sync the folder", folder);
}

}  // namespace vib
