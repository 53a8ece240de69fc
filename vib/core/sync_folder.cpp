#include "vib/core/sync_folder.h"

#include <fcntl.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "vib/core/descriptor.h"
#include "vib/core/error.h"

namespace vib {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

void sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // EINVAL: a file system whose folders cannot be synced, where nothing more can be done.
  const int code = !descriptor.is_open() || (::fsync(descriptor.get()) != 0 && errno != EINVAL) ? errno : 0;
  if (code != 0)
    throw StateError(fmt::format("{}: cannot {} the folder: {}", folder.string(),
                                 descriptor.is_open() ? "sync" : "open", std::generic_category().message(code)));
}

}  // namespace vib
