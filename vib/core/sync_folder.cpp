#include "vib/core/sync_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // EINVAL: a file system whose folders cannot be synced, where nothing more can be done.
  const int code = descriptor < 0 || (::fsync(descriptor) != 0 && errno != EINVAL) ? errno : 0;
  if (descriptor >= 0) ::close(descriptor);
  if (code != 0)
    throw StateError(fmt::format("{}: cannot {} the folder: {}", folder.string(), descriptor < 0 ? "open" : "sync",
                                 std::generic_category().message(code)));
}

}  // namespace vib
