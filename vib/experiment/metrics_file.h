#pragma once

#include <cstddef>
#include <filesystem>
#include <utility>

#include "vib/train/history.h"

namespace vib {

/// `metrics.jsonl` of a run, one line per epoch, to which a line is appended as an epoch ends. Nothing is synced on the
/// way: the checkpoint holds the same numbers, and syncing a file for every epoch of a small model takes longer than
/// training it.
class MetricsFile {
 public:
  explicit MetricsFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// Brings the file to hold exactly the lines of `history`, which is that of the last call and more. The first call
  /// keeps what the file begins with and is right, and cuts off the rest: lines behind the checkpoint of a run that was
  /// killed, or half a line. Throws vib::StateError with the path and the system's reason.
  void write(const History& history);

  /// Makes the lines outlast a power cut. Throws vib::StateError.
  void sync() const;

 private:
  void take_up(const History& history);

  std::filesystem::path path_;
  bool taken_up_ = false;
  std::size_t lines_ = 0;  // of the history that are in the file
};

}  // namespace vib
