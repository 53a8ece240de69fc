#include "vib/data/format/csv.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/data/format/mapped_file.h"

namespace vib {
namespace {

/// Cuts a text into rows of cells. Doubled quotes are made single in place, so that every cell is a piece of the text.
class CsvParser {
 public:
  CsvParser(char* begin, char* end, char separator, const std::filesystem::path& path)
      : at_(begin), end_(end), separator_(separator), path_(path) {}

  /// The cells of the next row that is not empty, and the line it begins on; false at the end.
  bool next(std::vector<std::string_view>& cells, std::int64_t& line) {
    while (at_ != end_ && is_line_end(*at_)) skip_line_end();
    if (at_ == end_) return false;
    line = line_;
    cells.clear();
    for (;;) {
      cells.push_back(at_ != end_ && *at_ == '"' ? quoted() : plain());
      if (at_ == end_ || *at_ != separator_) break;
      ++at_;
    }
    if (at_ != end_) skip_line_end();
    return true;
  }

  [[noreturn]] void fail(std::int64_t line, const std::string& reason) const {
    throw DataError(fmt::format("{}:{}: {}", path_.string(), line, reason));
  }

 private:
  static bool is_line_end(char c) { return c == '\n' || c == '\r'; }

  /// Past LF, CR or CRLF.
  void skip_line_end() {
    const bool cr = *at_++ == '\r';
    if (cr && at_ != end_ && *at_ == '\n') ++at_;
    ++line_;
  }

  std::string_view plain() {
    const char* begin = at_;
    while (at_ != end_ && *at_ != separator_ && !is_line_end(*at_)) ++at_;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

  std::string_view quoted() {
    const auto opened = line_;
    const char* begin = ++at_;
    char* to = at_;
    for (;;) {
      if (at_ == end_) fail(opened, "a cell begins with a quote (\") that is never closed");
      if (*at_ == '"') {
        ++at_;
        if (at_ == end_ || *at_ != '"') break;
      } else if (*at_ == '\n' || (*at_ == '\r' && (at_ + 1 == end_ || at_[1] != '\n'))) {
        ++line_;
      }
      // Untouched pages of the mapped file stay the file's own.
      if (to != at_) *to = *at_;
      ++to;
      ++at_;
    }
    if (at_ != end_ && *at_ != separator_ && !is_line_end(*at_)) {
      fail(line_, "text follows a closing quote; a quote inside a quoted cell is written twice (\"\")");
    }
    return {begin, static_cast<std::size_t>(to - begin)};
  }

  char* at_;
  char* end_;
  char separator_;
  std::int64_t line_ = 1;
  const std::filesystem::path& path_;
};

char* skip_byte_order_mark(char* begin, const char* end, const std::filesystem::path& path) {
  const std::string_view text(begin, static_cast<std::size_t>(end - begin));
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    throw DataError(fmt::format("{}: is in UTF-16; save it as UTF-8", path.string()));
  }
  return text.starts_with("\xEF\xBB\xBF") ? begin + 3 : begin;
}

void check_header(const std::vector<std::string>& header, const CsvParser& parser, std::int64_t line) {
  std::set<std::string> seen;
  for (const auto& name : header) {
    if (!seen.insert(name).second) {
      parser.fail(line,
                  fmt::format("the header names the column \"{}\" twice; the first line must name the columns", name));
    }
  }
}

}  // namespace

std::int64_t CsvFile::find(std::string_view column) const {
  const auto found = std::ranges::find(header_, column);
  return found == header_.end() ? -1 : found - header_.begin();
}

CsvFile read_csv(const std::filesystem::path& path, char separator) {
  CsvFile file;
  file.path_ = path;
  file.text_ = map_file(path);
  auto* begin = static_cast<char*>(file.text_.mutable_data_ptr());
  auto* end = begin + file.text_.numel();
  if (begin != nullptr) begin = skip_byte_order_mark(begin, end, path);
  CsvParser parser(begin, end, separator, path);

  std::vector<std::string_view> cells;
  std::int64_t line = 0;
  if (!parser.next(cells, line)) {
    throw DataError(fmt::format("{}: expected a line that names the columns, found nothing", path.string()));
  }
  file.header_.assign(cells.begin(), cells.end());
  check_header(file.header_, parser, line);
  while (parser.next(cells, line)) {
    if (cells.size() != file.header_.size()) {
      parser.fail(line, fmt::format("expected {} cells separated by '{}' as in the header, found {}",
                                    file.header_.size(), separator, cells.size()));
    }
    file.cells_.insert(file.cells_.end(), cells.begin(), cells.end());
    file.lines_.push_back(line);
  }
  return file;
}

}  // namespace vib
