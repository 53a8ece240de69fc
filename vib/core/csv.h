#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vib/core/error.h"

namespace vib {

/// What is wrong with a CSV text, and the line it is wrong in, counted from 1.
class CsvError : public Error {
 public:
  CsvError(std::int64_t line, const std::string& reason) : Error(reason), line_(line) {}
  std::int64_t line() const { return line_; }

 private:
  std::int64_t line_;
};

/// Cuts a text into records as RFC 4180 has it, in UTF-8: a field that begins with a quote goes up to the next quote
/// that is not doubled. Lines end in LF, CRLF or CR; empty ones and a byte order mark are skipped; spaces belong to the
/// fields.
class CsvReader {
 public:
  /// Doubled quotes are made single in `text` itself, so that every field is a piece of it. `first_line`: where the
  /// text stands in its file.
  explicit CsvReader(std::span<char> text, char separator = ',', std::int64_t first_line = 1);

  /// The fields of the next record; false at the end. Throws CsvError for a quote left open or followed by text, and
  /// for what is not UTF-8.
  bool next(std::vector<std::string_view>& fields);

  /// The line that the record begins on, counted from 1.
  std::int64_t line() const { return record_line_; }
  /// The line behind what was read.
  std::int64_t next_line() const { return line_; }

 private:
  void skip_line_end();
  std::string_view plain();
  std::string_view quoted();

  char* at_;
  char* end_;
  char separator_;
  std::int64_t line_;
  std::int64_t record_line_ = 0;
};

/// The separator that `text` names: a punctuation mark or a space, itself; "tab", `\t` or a tab, a tab. Nothing for
/// what numbers and quoted cells are written with: a letter, a digit, a point, a sign, a quote.
std::optional<char> separator_of(std::string_view text);
/// What people may write for one.
constexpr const char* kSeparators = "one character such as , or ;, or tab";
/// "tab", or the character itself.
std::string separator_name(char separator);

/// `text` as a field, in quotes where RFC 4180 asks for them.
std::string csv_field(std::string_view text);
/// The shortest digits that are read back as `value`; nothing where it is not finite.
std::string csv_field(double value);

/// A line of `fields`, at least one, with its end.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace vib
