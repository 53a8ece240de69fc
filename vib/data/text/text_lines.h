#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace vib {

/// Reads a stream that holds a text on each line.
class TextLines {
 public:
  /// `source` is its name in messages. Both must outlive this.
  TextLines(std::istream& in, std::string source) : in_(&in), source_(std::move(source)) {}

  /// The next lines without their ends (LF or CRLF), not more than `most`; none at the end. Throws vib::DataError that
  /// names the line where it is no text in UTF-8.
  std::vector<std::string> next(std::size_t most);

  /// How many were read.
  std::uint64_t bytes() const { return bytes_; }

 private:
  void check(const std::string& line) const;

  std::istream* in_;
  std::string source_;
  std::uint64_t bytes_ = 0;
  std::uint64_t line_ = 0;  // counted from 1: the last one that was read
};

}  // namespace vib
