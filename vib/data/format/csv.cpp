#include "vib/data/format/csv.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "vib/core/csv.h"
#include "vib/core/error.h"
#include "vib/core/utf8.h"
#include "vib/data/format/file_kind.h"
#include "vib/data/format/mapped_file.h"

namespace vib {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kBlockBytes = 1 << 18;
/// Where a quote is never closed, the rest of the stream is one row.
constexpr std::size_t kLargestRow = std::size_t{1} << 26;

std::span<char> bytes_of(const torch::Tensor& text) {
  return {static_cast<char*>(text.mutable_data_ptr()), static_cast<std::size_t>(text.numel())};
}

[[noreturn]] void fail_at(const std::filesystem::path& path, std::int64_t line, const std::string& reason) {
  throw DataError(fmt::format("{}:{}: {}", path.string(), line, reason));
}

/// `beginning` of the file.
void check_is_text(std::string_view beginning, const std::filesystem::path& path) {
  if (const auto kind = kind_of(beginning); !beginning.empty() && kind.is != FileKind::Is::kText)
    throw DataError(
        fmt::format("{}: {}; expected a table: a CSV file in UTF-8 with a header", path.string(), kind.words));
}

/// One cell that holds what often separates cells is a header of several.
void check_separator(const std::vector<std::string>& header, const std::filesystem::path& path, std::int64_t line,
                     char separator) {
  if (header.size() != 1) return;
  const auto at = header[0].find_first_of("\t;,|");
  if (at == std::string::npos || header[0][at] == separator) return;
  const char other = header[0][at];
  const auto remedy = separator_in(path, other) == other ? fmt::format("set separator: \"{}\"", separator_name(other))
                                                         : std::string("name the file .csv");
  fail_at(path, line,
          fmt::format("the header is a single cell, \"{}\": cells are separated by \"{}\" here, and these look "
                      "separated by \"{}\"; {}, or write the file with \"{}\"",
                      on_one_line(header[0]), separator_name(separator), separator_name(other), remedy,
                      separator_name(separator)));
}

}  // namespace

char separator_in(const std::filesystem::path& path, char separator) {
  return separator == ',' && path.extension() == ".tsv" ? '\t' : separator;
}

std::int64_t CsvFile::find(std::string_view column) const {
  const auto found = header_->positions.find(column);
  return found == header_->positions.end() ? -1 : found->second;
}

void CsvFile::read_header(CsvReader& reader, char separator) {
  std::vector<std::string_view> cells;
  if (!reader.next(cells))
    throw DataError(fmt::format("{}: expected a line that names the columns, found nothing", path_.string()));
  auto header = std::make_shared<Header>();
  header->names.assign(cells.begin(), cells.end());
  check_separator(header->names, path_, reader.line(), separator);
  for (const auto& name : header->names) {
    if (!header->positions.emplace(name, header->positions.size()).second)
      fail_at(path_, reader.line(),
              fmt::format("the header names the column \"{}\" twice; the first line must name the columns", name));
  }
  header_ = std::move(header);
}

void CsvFile::read_rows(CsvReader& reader, char separator) {
  for (std::vector<std::string_view> cells; reader.next(cells);) {
    if (cells.size() != header().size())
      fail_at(path_, reader.line(),
              fmt::format("expected {} cells separated by \"{}\" as in the header, found {}{}", header().size(),
                          separator_name(separator), cells.size(),
                          cells.size() > header().size() ? "; a cell that holds the separator stands in quotes" : ""));
    cells_.insert(cells_.end(), cells.begin(), cells.end());
    lines_.push_back(reader.line());
  }
}

CsvFile read_csv(const std::filesystem::path& path, char separator) try {
  separator = separator_in(path, separator);
  CsvFile file;
  file.path_ = path;
  file.text_ = map_file(path);
  const auto text = bytes_of(file.text_);
  check_is_text({text.data(), text.size()}, path);
  CsvReader reader(text, separator);
  file.read_header(reader, separator);
  file.read_rows(reader, separator);
  return file;
} catch (const CsvError& e) {
  fail_at(path, e.line(), e.what());
}

CsvBlocks::CsvBlocks(std::istream& in, std::filesystem::path name, char separator)
    : in_(&in), separator_(separator_in(name, separator)) {
  file_.path_ = std::move(name);
}

std::optional<CsvFile> CsvBlocks::next() try {
  for (;;) {
    const auto text = whole_records();
    if (text.empty() && file_.header_) return std::nullopt;
    if (!file_.header_) check_is_text(text, file_.path_);
    auto block = file_;
    block.text_ = torch::empty({static_cast<std::int64_t>(text.size())}, torch::kUInt8);
    std::ranges::copy(text, bytes_of(block.text_).begin());
    CsvReader reader(bytes_of(block.text_), separator_, line_);
    if (!file_.header_) {
      block.read_header(reader, separator_);
      file_.header_ = block.header_;
    }
    block.read_rows(reader, separator_);
    line_ = reader.next_line();
    if (block.rows() > 0) return block;
  }
} catch (const CsvError& e) {
  fail_at(file_.path_, e.line(), e.what());
}

/// The next records as they stand in the file; nothing at its end.
std::string CsvBlocks::whole_records() {
  while (whole_ == 0 && *in_) {
    const auto before = pending_.size();
    pending_.resize(before + kBlockBytes);
    in_->read(pending_.data() + before, kBlockBytes);
    pending_.resize(before + static_cast<std::size_t>(in_->gcount()));
    bytes_ += static_cast<std::uint64_t>(in_->gcount());
    if (before == 0 && bytes_ == pending_.size() && pending_.starts_with(kByteOrderMark))
      scanned_ = kByteOrderMark.size();
    scan();
    if (whole_ == 0 && pending_.size() > kLargestRow)
      fail_at(file_.path_, line_, "a row of more than 64 MiB; is a quote (\") in it never closed?");
  }
  if (!*in_) whole_ = pending_.size();  // the last record may have no line end
  auto text = pending_.substr(0, whole_);
  pending_.erase(0, whole_);
  scanned_ -= std::min(scanned_, whole_);
  whole_ = 0;
  return text;
}

/// Finds line ends that are not in quotes.
void CsvBlocks::scan() {
  for (; scanned_ < pending_.size(); ++scanned_) {
    const char c = pending_[scanned_];
    const bool ends = c == '\n' || c == '\r';
    if (c == '\r' && scanned_ + 1 == pending_.size()) return;  // the LF of a CRLF may come
    if (at_ == At::kQuoted) {
      if (c == '"') at_ = At::kQuoteInQuoted;
    } else if (ends || c == separator_) {
      at_ = At::kFieldStart;
      if (ends) whole_ = scanned_ + 1;
    } else if (c == '"' && at_ != At::kPlain) {
      at_ = At::kQuoted;  // a field's first, or the second of two inside of it
    } else {
      at_ = At::kPlain;
    }
  }
}

}  // namespace vib
