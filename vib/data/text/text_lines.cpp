#include "vib/data/text/text_lines.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/utf8.h"
#include "vib/data/format/file_kind.h"

namespace vib {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

std::vector<std::string> TextLines::next(std::size_t most) {
  std::vector<std::string> lines;
  for (std::string line; lines.size() < most && std::getline(*in_, line);) {
    bytes_ += line.size() + 1;
    ++line_;
    check(line);
    if (line_ == 1 && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

void TextLines::check(const std::string& line) const {
  if (line_ == 1 && !line.empty())
    if (const auto kind = kind_of(line); kind.is != FileKind::Is::kText)
      throw DataError(fmt::format("{}: {}; expected a text on each line", source_, kind.words));
  if (!is_utf8(line) || line.find('\0') != std::string::npos)
    throw DataError(
        fmt::format("{}:{}: is not UTF-8, but Latin 1 or UTF-16 perhaps; save the file as UTF-8", source_, line_));
}

}  // namespace vib
