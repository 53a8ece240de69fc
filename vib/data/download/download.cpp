#include "vib/data/download/download.h"

#include <chrono>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/file_lock.h"
#include "vib/core/sha256.h"
#include "vib/core/sync_folder.h"
#include "vib/data/download/part_file.h"
#include "vib/data/download/transfer.h"

namespace vib {
namespace {

constexpr auto kPause = std::chrono::milliseconds(300);

bool is_there(const DownloadOptions& options) {
  std::error_code error;
  if (!std::filesystem::exists(options.target(), error)) return false;
  if (sha256_of_file(options.target()) == options.sha256()) return true;
  throw DataError(
      fmt::format("{}: is there, but is not the file that is distributed (its SHA-256 is not {}); move it "
                  "away to have that one downloaded",
                  options.target().string(), options.sha256()));
}

/// Waits as long as somebody else has it.
FileLock take_turn(const DownloadOptions& options) {
  const auto folder = folder_of(options.target());
  make_folder(folder);
  for (bool told = false;; told = true) {
    auto lock = FileLock::try_lock(folder / ".download.lock");
    if (lock.held()) return lock;
    if (!told && options.on_wait()) options.on_wait()();
    std::this_thread::sleep_for(kPause);
  }
}

/// Whether the part is the file. One of the right size that is not, is thrown away.
bool verify(const DownloadOptions& options, PartFile& part, bool complete) {
  if (options.bytes() > 0 ? part.size() != options.bytes() : !complete) return false;
  if (part.sha256() == options.sha256()) return true;
  part.clear();
  return false;
}

struct FetchResult {
  bool whole = false;
  std::string reason = {};  ///< why not
};

FetchResult fetch(const std::string& address, const DownloadOptions& options, PartFile& part) {
  std::string reason;
  for (int attempt = 1; attempt <= options.tries(); ++attempt) {
    const auto before = part.size();
    const auto result = transfer(address, options, part);
    const auto after = part.size();
    // The bytes decide, not how the connection ended.
    if (verify(options, part, result.end == TransferEnd::kComplete)) return {true};
    switch (result.end) {
      case TransferEnd::kRefused: return {false, result.reason};
      case TransferEnd::kMisplaced: reason = result.reason; continue;
      case TransferEnd::kComplete:
        reason = "sends damaged bytes, or another file: the checksum is wrong";
        if (before == 0) return {false, reason};
        continue;  // the damage may have been in what was there before
      case TransferEnd::kBrokenOff:
        reason = fmt::format("{} after {} bytes (try {} of {})", result.reason, after, attempt, options.tries());
    }
    if (after > before) continue;
    std::this_thread::sleep_for(kPause);
  }
  return {false, reason};
}

}  // namespace

DownloadStatus download(const DownloadOptions& options) {
  if (is_there(options)) return DownloadStatus::kAlreadyThere;
  const auto turn = take_turn(options);
  if (is_there(options)) return DownloadStatus::kAlreadyThere;  // by now

  PartFile part(options.target());
  if (options.bytes() > 0 && part.size() > options.bytes()) part.clear();
  bool whole = part.size() > 0 && verify(options, part, false);
  std::string reasons;
  for (const auto& address : options.addresses()) {
    if (whole) break;
    const auto [got, reason] = fetch(address, options, part);
    whole = got;
    if (!reason.empty()) reasons += fmt::format("\n  {}: {}", address, reason);
  }
  if (whole) {
    part.become_target();
    return DownloadStatus::kDownloaded;
  }
  const auto size = options.bytes() > 0 ? fmt::format("{} bytes, ", options.bytes()) : "";
  throw DataError(fmt::format("{}: could not be downloaded:{}\nput the file there by hand ({}SHA-256 {})",
                              options.target().string(), reasons, size, options.sha256()));
}

}  // namespace vib
