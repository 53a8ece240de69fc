#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace vib {

/// Takes the next bytes of a file.
using ByteSink = std::function<void(std::string_view)>;

/// What a power cut leaves of a file that was just written. A process that is killed never leaves half of one.
enum class Sync {
  kFileAndName,  ///< the new file
  kFile,         ///< the new file or the old one, whole. For one of several: syncing the last one's name keeps them all
  kNothing,      ///< half a file, perhaps: for pictures and the like, which are drawn again in no time
};

/// Replaces the file at `path` by what `write` puts into its sink: after a crash at any moment the old file or the
/// new one is there, whole. The bytes go to a temporary file in the same folder, which is synced, renamed to `path`,
/// and the folder synced, as far as `sync` says; when anything fails, an exception of `write`'s own included, the
/// temporary is removed and `path` is untouched. A temporary of `path` that a killed process has left is removed too.
/// Throws vib::StateError with the path and the system's reason, vib::NoSpaceError where the disk is full.
///
/// A symbolic link stays, and the file that it leads to is replaced or made. A file that is replaced keeps its
/// permissions and, where that is allowed, its owner. What is no file, a device, a pipe or /dev/stdout, is opened and
/// written without any of the above.
void write_file_atomically(const std::filesystem::path& path, const std::function<void(const ByteSink&)>& write,
                           Sync sync = Sync::kFileAndName);

/// As above, with the bytes at hand.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes, Sync sync = Sync::kFileAndName);

/// Puts `bytes` behind what the file holds, or makes it; nothing is synced. Where that fails, no part of `bytes` stays.
/// Throws as above.
void append_to_file(const std::filesystem::path& path, std::string_view bytes);

/// Cuts off what lies behind the first `size` bytes. Throws as above.
void cut_file(const std::filesystem::path& path, std::size_t size);

/// Makes what was appended outlast a power cut. Throws as above.
void sync_file(const std::filesystem::path& path);

/// Whether `path` is named like a temporary of the above. One that stays was left by a process that was killed.
bool is_temporary(const std::filesystem::path& path);

/// Removes such temporaries from `folder`, which may be missing: all, or those of files whose names begin with `name`.
/// Nobody may be writing there.
void remove_temporaries(const std::filesystem::path& folder, std::string_view name = "");

/// Whether `folder` is missing, or holds at most such temporaries of its file `name`: then nothing in it is somebody's.
bool is_free_folder(const std::filesystem::path& folder, std::string_view name);

/// The whole file. Throws vib::StateError with the path and the system's reason.
std::string read_file(const std::filesystem::path& path);

}  // namespace vib
