#include "vib/experiment/file_record.h"

#include <algorithm>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/sha256.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

FileRecord record_of_folder(const fs::path& path) {
  FileRecord record;
  record.path = path.string();
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (!entry.is_regular_file()) continue;
    record.bytes += entry.file_size();
    lines.push_back(fmt::format("{} {}\n", fs::relative(entry.path(), path).generic_string(), entry.file_size()));
  }
  std::ranges::sort(lines);
  Sha256 sum;
  for (const auto& line : lines) sum.update(line);
  record.sha256 = sum.hex();
  return record;
}

}  // namespace

FileRecord record_of(const fs::path& path) try {
  if (fs::is_directory(path)) return record_of_folder(path);
  return {path.string(), fs::file_size(path), sha256_of_file(path)};
} catch (const fs::filesystem_error& e) {
  throw DataError(fmt::format("{}: {}", path.string(), e.code().message()));
}

void check_unchanged(const std::vector<FileRecord>& now, const std::vector<FileRecord>& before) {
  for (std::size_t i = 0; i < std::min(now.size(), before.size()); ++i) {
    if (now[i].sha256 == before[i].sha256) continue;
    throw DataError(fmt::format(
        "{}: has changed since the run was trained ({} bytes then, {} now; SHA-256 {}… then, {}… now), so "
        "that its examples cannot be divided as they were. Put the old file back, evaluate the new one as "
        "a whole with vib evaluate RUN --data FILE, or train again",
        now[i].path, before[i].bytes, now[i].bytes, before[i].sha256.substr(0, 8), now[i].sha256.substr(0, 8)));
  }
}

}  // namespace vib
