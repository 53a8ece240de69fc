#include "vib/data/format/file_kind.h"

#include <array>
#include <cstddef>
#include <fstream>
#include <string>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {
namespace {

using namespace std::string_view_literals;
using Is = FileKind::Is;

/// Every mark of binary data that is known here lies within so many bytes.
constexpr std::size_t kBeginning = 512;

struct Mark {
  std::string_view bytes;
  FileKind kind;
  std::size_t at = 0;
};

constexpr std::array kMarks = {
    Mark{"\x93NUMPY"sv, {Is::kOther, "is a NumPy array"}},
    Mark{"PK\x03\x04"sv, {Is::kOther, "is a zip archive, as .npz, .pt and .xlsx files are"}},
    Mark{"\x00\x00\x00{\""sv, {Is::kOther, "is a safetensors file"}, 5},
    Mark{"\x00\x00\x08"sv, {Is::kIdx, "is an IDX file"}},
    Mark{"\x1F\x8B"sv, {Is::kGzip, "is compressed by gzip"}},
    Mark{"BZh91AY&SY"sv, {Is::kOther, "is compressed by bzip2"}},
    Mark{"\xFD"
         "7zXZ\x00"sv,
         {Is::kOther, "is compressed by xz"}},
    Mark{"\x28\xB5\x2F\xFD"sv, {Is::kOther, "is compressed by zstd"}},
    Mark{"ustar"sv, {Is::kOther, "is a tar archive"}, 257},
    Mark{"\x89PNG"sv, {Is::kImage, "is a PNG image"}},
    Mark{"\xFF\xD8\xFF"sv, {Is::kImage, "is a JPEG image"}},
    Mark{"GIF87a"sv, {Is::kOther, "is a GIF image"}},
    Mark{"GIF89a"sv, {Is::kOther, "is a GIF image"}},
    Mark{"%PDF-"sv, {Is::kOther, "is a PDF document"}},
    Mark{"\x89HDF\r\n"sv, {Is::kOther, "is an HDF5 file"}},
    Mark{"PAR1\x15"sv, {Is::kOther, "is a Parquet file"}},
    Mark{"SQLite format 3"sv, {Is::kOther, "is an SQLite database"}},
    Mark{"\xFF\xFE"sv, {Is::kOther, "is text in UTF-16, not in UTF-8"}},
    Mark{"\xFE\xFF"sv, {Is::kOther, "is text in UTF-16, not in UTF-8"}},
};

}  // namespace

FileKind kind_of(std::string_view beginning) {
  beginning = beginning.substr(0, kBeginning);
  if (beginning.empty()) return {Is::kOther, "is empty"};
  for (const auto& [bytes, kind, at] : kMarks)
    if (beginning.size() > at && beginning.substr(at).starts_with(bytes)) return kind;
  if (beginning.find('\0') != std::string_view::npos) return {Is::kOther, "is no text, but binary data"};
  return {Is::kText, "is text"};
}

FileKind kind_of_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return {Is::kOther, "no such file"};
  if (std::filesystem::is_directory(status)) return {Is::kOther, "is a folder"};
  if (!std::filesystem::is_regular_file(status)) return {Is::kOther, "is a pipe or a device"};  // which may never end
  std::ifstream file(path, std::ios::binary);
  if (!file) return {Is::kOther, "cannot be read"};
  std::array<char, kBeginning> bytes{};
  file.read(bytes.data(), bytes.size());
  return kind_of({bytes.data(), static_cast<std::size_t>(file.gcount())});
}

void require_text(const std::filesystem::path& path, std::string_view expected) {
  if (const auto kind = kind_of_file(path); kind.is != Is::kText)
    throw DataError(fmt::format("{}: {}; expected {}", path.string(), kind.words, expected));
}

}  // namespace vib
