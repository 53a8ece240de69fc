#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

class CsvReader;

/// A CSV file in memory: a header, and rows of as many cells.
class VIB_API CsvFile {
 public:
  const std::filesystem::path& path() const { return path_; }
  const std::vector<std::string>& header() const { return header_->names; }
  std::int64_t rows() const { return static_cast<std::int64_t>(lines_.size()); }

  /// The content of a cell, without the quotes.
  std::string_view cell(std::int64_t row, std::int64_t column) const {
    return cells_[static_cast<std::size_t>(row) * header_->names.size() + static_cast<std::size_t>(column)];
  }
  /// The line of the file that a row begins on, counted from 1.
  std::int64_t line(std::int64_t row) const { return lines_[static_cast<std::size_t>(row)]; }
  /// The position of a column, or -1.
  std::int64_t find(std::string_view column) const;

 private:
  friend CsvFile read_csv(const std::filesystem::path& path, char separator);
  friend class CsvBlocks;

  struct Header {
    std::vector<std::string> names;
    std::unordered_map<std::string_view, std::int64_t> positions;  // by the names above
  };

  void read_header(CsvReader& reader, char separator);
  void read_rows(CsvReader& reader, char separator);

  std::filesystem::path path_;
  torch::Tensor text_;                    // the mapped file, or a piece of it; the cells look into it
  std::shared_ptr<const Header> header_;  // the same for all blocks of a file
  std::vector<std::string_view> cells_;
  std::vector<std::int64_t> lines_;
};

/// What separates the cells of the file `path` where `separator` was asked for: in a .tsv the usual comma means a tab.
char separator_in(const std::filesystem::path& path, char separator);

/// Reads a file as RFC 4180 describes, in UTF-8: a header of different names, cells in quotes where they hold the
/// separator (see separator_in()), line ends or quotes (doubled). Lines end in LF, CRLF or CR; empty ones and a byte
/// order mark are skipped; spaces belong to the cells. Throws vib::DataError, `FILE:LINE: …`, for a row of more or
/// fewer cells than the header, a header that looks as if something else separated its cells, a quote left open or
/// followed by text, what is not UTF-8, and a file without a header.
VIB_API CsvFile read_csv(const std::filesystem::path& path, char separator = ',');

/// The same, some rows at a time, so that memory does not grow with the file.
class VIB_API CsvBlocks {
 public:
  /// `name`: what messages call it, as they would a file's path.
  CsvBlocks(std::istream& in, std::filesystem::path name, char separator = ',');

  /// The next rows, at least one, as a file of their own; nothing behind the last. Throws as read_csv() does, and for a
  /// row of more than 64 MiB.
  std::optional<CsvFile> next();
  /// How much was read.
  std::uint64_t bytes() const { return bytes_; }

 private:
  enum class At { kFieldStart, kPlain, kQuoted, kQuoteInQuoted };

  std::string whole_records();
  void scan();

  std::istream* in_;
  CsvFile file_;  // path and header
  char separator_;
  std::string pending_;      // read, and not given out yet
  std::size_t scanned_ = 0;  // how much of it was looked at
  std::size_t whole_ = 0;    // how much of it is whole records
  At at_ = At::kFieldStart;
  std::int64_t line_ = 1;
  std::uint64_t bytes_ = 0;
};

}  // namespace vib
