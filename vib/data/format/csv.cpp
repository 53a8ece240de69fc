#include "vib/data/format/csv.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "vib/core/csv.h"
#include "vib/core/error.h"
#include "vib/data/format/mapped_file.h"

namespace vib {
namespace {

[[noreturn]] void fail_at(const std::filesystem::path& path, std::int64_t line, const std::string& reason) {
  throw DataError(fmt::format("{}:{}: {}", path.string(), line, reason));
}

void check_header(const std::vector<std::string>& header, const std::filesystem::path& path, std::int64_t line) {
  std::set<std::string> seen;
  for (const auto& name : header) {
    if (!seen.insert(name).second)
      fail_at(path, line,
              fmt::format("the header names the column \"{}\" twice; the first line must name the columns", name));
  }
}

}  // namespace

std::int64_t CsvFile::find(std::string_view column) const {
  const auto found = std::ranges::find(header_, column);
  return found == header_.end() ? -1 : found - header_.begin();
}

CsvFile read_csv(const std::filesystem::path& path, char separator) try {
  CsvFile file;
  file.path_ = path;
  file.text_ = map_file(path);
  const auto size = static_cast<std::size_t>(file.text_.numel());
  CsvReader reader({static_cast<char*>(file.text_.mutable_data_ptr()), size}, separator);

  std::vector<std::string_view> cells;
  if (!reader.next(cells)) {
    throw DataError(fmt::format("{}: expected a line that names the columns, found nothing", path.string()));
  }
  file.header_.assign(cells.begin(), cells.end());
  check_header(file.header_, path, reader.line());
  while (reader.next(cells)) {
    if (cells.size() != file.header_.size()) {
      fail_at(path, reader.line(),
              fmt::format("expected {} cells separated by '{}' as in the header, found {}", file.header_.size(),
                          separator, cells.size()));
    }
    file.cells_.insert(file.cells_.end(), cells.begin(), cells.end());
    file.lines_.push_back(reader.line());
  }
  return file;
} catch (const CsvError& e) {
  fail_at(path, e.line(), e.what());
}

}  // namespace vib
