#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vib {

/// A file that data were read from, or a folder: then `bytes` is the sum over its files, and `sha256` of their names
/// and sizes.
struct FileRecord {
  std::string path;
  std::uint64_t bytes = 0;
  std::string sha256;

  bool operator==(const FileRecord&) const = default;
};

/// What lies at `path` now. Throws vib::DataError where nothing does.
FileRecord record_of(const std::filesystem::path& path);

/// Throws vib::DataError, naming the first file that is another than it was. Where a file lies does not matter. Nothing
/// is known of data that left no records.
void check_unchanged(const std::vector<FileRecord>& now, const std::vector<FileRecord>& before);

}  // namespace vib
