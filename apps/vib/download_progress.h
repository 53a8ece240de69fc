#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace vib::app {

/// Says on stderr how far a download is. On a terminal: a bar, redrawn in place ten times a second, gone at the end.
/// Elsewhere: a line at every tenth of a file larger than 10 MB.
class DownloadProgress {
 public:
  DownloadProgress(std::string name, bool quiet);
  ~DownloadProgress() { clear(); }
  DownloadProgress(const DownloadProgress&) = delete;
  DownloadProgress& operator=(const DownloadProgress&) = delete;

  /// `bytes` of `total` (0: not known) are there.
  void update(std::uint64_t bytes, std::uint64_t total);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  void draw(std::uint64_t bytes, std::uint64_t total);

  std::string name_;
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  std::uint64_t first_ = 0;   // what was there when the first bytes came
  std::uint64_t tenths_ = 0;  // told
  Clock::time_point start_ = {};
  Clock::time_point last_ = {};
};

/// "9.9 MB"
std::string megabytes(std::uint64_t bytes);

}  // namespace vib::app
