#include "vib/core/zip_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <stdexcept>

#include <fmt/format.h>

namespace vib {
namespace {

/// While it lives, this thread's character set is UTF-8 (where the system knows of it), whatever the user's locale:
/// libarchive turns names into that set, and loses what the set lacks.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(uselocale(locale_)) {}
  ~Utf8Locale() {
    uselocale(before_);
    if (locale_ != nullptr) freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t locale_;
  locale_t before_;
};

}  // namespace

void ZipReader::Free::operator()(archive* reader) const { archive_read_free(reader); }

ZipReader::ZipReader(std::string_view bytes) : reader_(archive_read_new()) {
  // The seeking reader goes by the table at the end of the file, so that a truncated file is refused at once.
  archive_read_support_format_zip_seekable(reader_.get());
  if (archive_read_open_memory(reader_.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) fail("not a zip archive");
}

void ZipReader::fail(const char* otherwise) const {
  const char* reason = archive_error_string(reader_.get());
  throw std::runtime_error(reason != nullptr ? reason : otherwise);
}

bool ZipReader::next() {
  const Utf8Locale locale;
  const int code = archive_read_next_header(reader_.get(), &entry_);
  if (code == ARCHIVE_EOF) return false;
  // A warning says that the name does not fit the locale: the part can be read all the same.
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) fail("damaged");
  const char* name = archive_entry_pathname_utf8(entry_);
  if (name == nullptr) name = archive_entry_pathname(entry_);
  name_ = name == nullptr ? "" : name;
  return true;
}

std::uint64_t ZipReader::size() const { return static_cast<std::uint64_t>(archive_entry_size(entry_)); }

torch::Tensor ZipReader::read(std::uint64_t most) const {
  if (size() > most)
    throw std::runtime_error(fmt::format("the part {} claims {} bytes, more than the file can hold", name_, size()));
  const auto size = static_cast<std::int64_t>(this->size());
  auto bytes = torch::empty({size}, torch::kUInt8);
  char beyond = 0;
  // The second read reaches the end of the part, where its checksum is compared.
  if (archive_read_data(reader_.get(), bytes.mutable_data_ptr(), bytes.nbytes()) != size ||
      archive_read_data(reader_.get(), &beyond, 1) != 0) {
    fail("a part is shorter or longer than declared");
  }
  return bytes;
}

}  // namespace vib
