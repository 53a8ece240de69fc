#include "vib/experiment/record_file.h"

#include <charconv>
#include <string_view>

#include "vib/core/atomic_file.h"

namespace vib {

namespace fs = std::filesystem;

void RecordFile::resume_after(std::int64_t epoch) const {
  if (!fs::exists(path_)) return;
  const auto text = read_file(path_);
  std::size_t end = text.starts_with(header_) ? header_.size() : 0;
  while (end > 0) {
    const auto line_end = text.find('\n', end);
    if (line_end == std::string::npos) break;
    std::int64_t of = 0;
    const auto read = std::from_chars(text.data() + end, text.data() + line_end, of);
    if (read.ec != std::errc() || *read.ptr != ',' || of > epoch) break;
    end = line_end + 1;
  }
  if (end < text.size()) cut_file(path_, end);
}

void RecordFile::append(const std::string& lines) const {
  const bool is_new = !fs::exists(path_) || fs::file_size(path_) == 0;
  append_to_file(path_, is_new ? header_ + lines : lines);
}

void RecordFile::sync() const {
  if (fs::exists(path_)) sync_file(path_);
}

}  // namespace vib
