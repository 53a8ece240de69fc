#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace vib {

/// A CSV file of a run that grows as training goes on, its first column the epoch: information.csv, gradients.csv.
/// Nothing of it is in the checkpoint, so it is synced before one is written.
class RecordFile {
 public:
  /// `header`: the first line, with its end.
  RecordFile(std::filesystem::path path, std::string header) : path_(std::move(path)), header_(std::move(header)) {}

  /// Keeps what the file has of the epochs up to `epoch`, and cuts off the rest: rows behind the checkpoint of a run
  /// that was killed, or half a row. Throws vib::StateError with the path and the system's reason.
  void resume_after(std::int64_t epoch) const;
  /// Adds whole lines; the first call writes the header before them, where the file is new. Throws as above.
  void append(const std::string& lines) const;
  /// Makes the lines outlast a power cut, where there are any. Throws as above.
  void sync() const;

 private:
  std::filesystem::path path_;
  std::string header_;
};

}  // namespace vib
