#include "vib/core/zip_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <stdexcept>

#include <fmt/format.h>

namespace vib {

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
  const int code = archive_read_next_header(reader_.get(), &entry_);
  if (code == ARCHIVE_EOF) return false;
  // A warning says that the name does not fit the locale; as UTF-8 it is there all the same.
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) fail("damaged");
  const char* name = archive_entry_pathname_utf8(entry_);
  if (name == nullptr) name = archive_entry_pathname(entry_);
  name_ = name == nullptr ? "" : name;  // a name that the locale cannot show: the parts beside it can be read
  return true;
}

torch::Tensor ZipReader::read(std::uint64_t most) const {
  const auto size = archive_entry_size(entry_);
  if (size < 0 || static_cast<std::uint64_t>(size) > most) {
    throw std::runtime_error(fmt::format("the part {} claims {} bytes, more than the file can hold", name_, size));
  }
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
