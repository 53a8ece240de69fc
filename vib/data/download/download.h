#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <torch/arg.h>

namespace vib {

/// A file to download, and how.
struct DownloadOptions {
  DownloadOptions(std::filesystem::path target, std::vector<std::string> addresses, std::string sha256)
      : target_(std::move(target)), addresses_(std::move(addresses)), sha256_(std::move(sha256)) {}

  /// The file to be had in the end.
  TORCH_ARG(std::filesystem::path, target);
  /// Where it can be had, best first: http:// and https://.
  TORCH_ARG(std::vector<std::string>, addresses);
  /// Its SHA-256 in 64 lower-case hexadecimal digits.
  TORCH_ARG(std::string, sha256);
  /// Its size; 0 where it is not known. Default: 0.
  TORCH_ARG(std::uint64_t, bytes) = 0;
  /// How often one address is asked when its connection keeps breaking off; each time for the rest. Default: 6.
  TORCH_ARG(int, tries) = 6;
  /// An address that does not answer, or sends less than 100 bytes a second, for so many seconds is given up.
  /// Default: 30.
  TORCH_ARG(int, timeout) = 30;
  /// Told now and then how many bytes are there, and of how many (0: not known). Default: nobody is told.
  TORCH_ARG(std::function<void(std::uint64_t bytes, std::uint64_t total)>, on_progress);
  /// Told once, when another process is downloading into the same folder. Default: nobody is told.
  TORCH_ARG(std::function<void()>, on_wait);
};

enum class DownloadStatus { kDownloaded, kAlreadyThere };

/// Sees to it that `target` is there and right. A file that is there stays, whatever it is. The bytes go to
/// `target`.part, and become the target when size and checksum are right: nothing else ever has that name. What a
/// broken-off or killed download leaves in `target`.part is gone on with, where the server can, by the next; bytes
/// that turn out wrong are thrown away. Two processes take turns, by a lock on `.download.lock` in the folder, which
/// stays.
///
/// Throws vib::DataError when no address has the file, with a line for each that says why, or when a file of that name
/// is there and another; vib::StateError when the file cannot be written (folder, permissions, space).
DownloadStatus download(const DownloadOptions& options);

}  // namespace vib
