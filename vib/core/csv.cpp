#include "vib/core/csv.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "vib/core/utf8.h"

namespace vib {
namespace {

bool is_line_end(char c) { return c == '\n' || c == '\r'; }

}  // namespace

CsvReader::CsvReader(std::span<char> text, char separator, std::int64_t first_line)
    : at_(text.data()), end_(text.data() + text.size()), separator_(separator), line_(first_line) {
  if (std::string_view(at_, text.size()).starts_with("\xEF\xBB\xBF")) at_ += 3;
}

bool CsvReader::next(std::vector<std::string_view>& fields) {
  while (at_ != end_ && is_line_end(*at_)) skip_line_end();
  if (at_ == end_) return false;
  record_line_ = line_;
  fields.clear();
  for (;;) {
    fields.push_back(at_ != end_ && *at_ == '"' ? quoted() : plain());
    if (at_ == end_ || *at_ != separator_) break;
    ++at_;
  }
  if (const auto wrong = std::ranges::find_if_not(fields, is_utf8); wrong != fields.end())
    throw CsvError(record_line_, fmt::format("column {} is not UTF-8, but Latin 1 or UTF-16 perhaps; convert the file: "
                                             "iconv -f latin1 -t utf-8 OLD > NEW",
                                             wrong - fields.begin() + 1));
  if (std::ranges::any_of(fields, [](std::string_view field) { return field.find('\0') != std::string_view::npos; }))
    throw CsvError(record_line_, "holds a NUL byte, as UTF-16 and damaged files do; save the file as UTF-8");
  if (at_ != end_) skip_line_end();
  return true;
}

/// Past LF, CR or CRLF.
void CsvReader::skip_line_end() {
  const bool cr = *at_++ == '\r';
  if (cr && at_ != end_ && *at_ == '\n') ++at_;
  ++line_;
}

std::string_view CsvReader::plain() {
  const char* begin = at_;
  while (at_ != end_ && *at_ != separator_ && !is_line_end(*at_)) ++at_;
  return {begin, static_cast<std::size_t>(at_ - begin)};
}

std::string_view CsvReader::quoted() {
  const auto opened = line_;
  const char* begin = ++at_;
  char* to = at_;
  for (;;) {
    if (at_ == end_) throw CsvError(opened, "a cell begins with a quote (\") that is never closed");
    if (*at_ == '"') {
      ++at_;
      if (at_ == end_ || *at_ != '"') break;
    } else if (*at_ == '\n' || (*at_ == '\r' && (at_ + 1 == end_ || at_[1] != '\n'))) {
      ++line_;
    }
    // Untouched pages of a mapped file stay the file's own.
    if (to != at_) *to = *at_;
    ++to;
    ++at_;
  }
  if (at_ != end_ && *at_ != separator_ && !is_line_end(*at_))
    throw CsvError(line_, "text follows a closing quote; a quote inside a quoted cell is written twice (\"\")");
  return {begin, static_cast<std::size_t>(to - begin)};
}

std::optional<char> separator_of(std::string_view text) {
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() != 1) return std::nullopt;
  const bool mark = std::ispunct(static_cast<unsigned char>(text[0])) != 0;
  const bool taken = std::string_view("\".+-").find(text[0]) != std::string_view::npos;
  if (text[0] == ' ' || text[0] == '\t' || (mark && !taken)) return text[0];
  return std::nullopt;
}

std::string separator_name(char separator) { return separator == '\t' ? "tab" : std::string(1, separator); }

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string csv_field(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

std::string csv_line(const std::vector<std::string>& fields) {
  if (fields.size() == 1 && fields[0].empty()) return "\"\"\n";  // readers skip an empty line
  std::string line;
  for (const auto& field : fields) line += csv_field(field) + ',';
  line.back() = '\n';
  return line;
}

}  // namespace vib
