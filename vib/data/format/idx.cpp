#include "vib/data/format/idx.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/data/format/mapped_file.h"

namespace vib {
namespace {

constexpr std::uint8_t kUnsignedByte = 0x08;
constexpr unsigned kBufferBytes = 1 << 17;
/// Deflate cannot shrink anything further than this.
constexpr std::uint64_t kLargestCompression = 1032;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& reason) {
  throw DataError(fmt::format("{}: {}", path.string(), reason));
}

struct GzipClose {
  void operator()(gzFile file) const { gzclose_r(file); }
};

/// Bytes of a gzip-compressed or plain file; zlib tells which it is.
class ByteReader {
 public:
  explicit ByteReader(const std::filesystem::path& path) : path_(path) {
    errno = 0;
    file_.reset(gzopen(path.c_str(), "rb"));
    if (!file_) fail(path_, fmt::format("cannot open: {}", std::generic_category().message(errno)));
    gzbuffer(file_.get(), kBufferBytes);
  }

  /// Reads `count` bytes, or as many as there are; returns how many. Throws when the compressed stream is damaged.
  std::uint64_t read(std::uint8_t* to, std::uint64_t count) {
    std::uint64_t done = 0;
    while (done < count) {
      const auto most = static_cast<unsigned>(std::min<std::uint64_t>(count - done, std::numeric_limits<int>::max()));
      const int got = gzread(file_.get(), to + done, most);
      check_stream();
      if (got == 0) break;
      done += static_cast<std::uint64_t>(got);
    }
    return done;
  }

  bool is_plain() { return gzdirect(file_.get()) != 0; }

 private:
  void check_stream() {
    int code = Z_OK;
    const char* text = gzerror(file_.get(), &code);
    if (code == Z_OK) return;
    if (code == Z_ERRNO) fail(path_, fmt::format("cannot read: {}", std::generic_category().message(errno)));
    fail(path_, fmt::format("damaged or truncated gzip file ({}); get it again", text));
  }

  const std::filesystem::path& path_;
  std::unique_ptr<gzFile_s, GzipClose> file_;
};

std::vector<std::int64_t> read_shape(ByteReader& reader, const std::filesystem::path& path) {
  std::array<std::uint8_t, 4> magic{};
  if (const auto got = reader.read(magic.data(), magic.size()); got < magic.size()) {
    fail(path, fmt::format("expected an IDX header, found a file of {} bytes", got));
  }
  if (magic[0] != 0 || magic[1] != 0 || magic[2] != kUnsignedByte || magic[3] == 0) {
    fail(path, fmt::format("expected an IDX file of unsigned bytes (00 00 08 and the rank), found {:02x}",
                           fmt::join(magic, " ")));
  }

  std::vector<std::uint8_t> sizes(std::size_t{4} * magic[3]);
  if (const auto got = reader.read(sizes.data(), sizes.size()); got < sizes.size()) {
    fail(path, fmt::format("truncated: expected {} bytes of sizes for rank {}, found {}", sizes.size(), magic[3], got));
  }
  std::vector<std::int64_t> shape;
  for (std::size_t i = 0; i < sizes.size(); i += 4) {
    shape.push_back(std::int64_t{sizes[i]} << 24 | sizes[i + 1] << 16 | sizes[i + 2] << 8 | sizes[i + 3]);
  }
  return shape;
}

/// The number of elements of `shape`, refused where the file cannot hold as many.
std::uint64_t checked_count(const std::vector<std::int64_t>& shape, bool plain, const std::filesystem::path& path) {
  const auto count = byte_count(shape, 1);
  if (!count) fail(path, absurd_shape(shape));
  const std::uint64_t file_bytes = std::filesystem::file_size(path);
  if (static_cast<std::uint64_t>(*count) > (plain ? file_bytes : file_bytes * kLargestCompression))
    fail(path, fmt::format("the header declares {} bytes, more than a file of {} bytes can hold (truncated?)",
                           fmt::join(shape, " x "), file_bytes));
  return static_cast<std::uint64_t>(*count);
}

}  // namespace

std::filesystem::path idx_file(const std::filesystem::path& path) {
  std::filesystem::path compressed = path;
  compressed += ".gz";
  for (const auto& candidate : {path, compressed}) {
    std::error_code error;
    const auto status = std::filesystem::status(candidate, error);
    if (std::filesystem::is_directory(status)) fail(candidate, "expected an IDX file, found a folder");
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
      fail(candidate, "expected an IDX file, found a pipe or a device");
    if (std::filesystem::exists(status)) return candidate;
  }
  fail(path, "no such file, with or without .gz");
}

torch::Tensor read_idx(const std::filesystem::path& path) {
  const std::filesystem::path file = idx_file(path);
  ByteReader reader(file);
  const auto shape = read_shape(reader, file);
  const std::uint64_t count = checked_count(shape, reader.is_plain(), file);

  auto tensor = torch::empty(shape, torch::kUInt8);
  if (const auto got = reader.read(tensor.mutable_data_ptr<std::uint8_t>(), count); got < count) {
    fail(file, fmt::format("truncated: expected {} bytes ({}), found {}", count, fmt::join(shape, " x "), got));
  }
  // Reading on to the end also makes zlib verify the checksum that ends a gzip file.
  if (std::uint8_t extra; reader.read(&extra, 1) != 0) {
    fail(file, fmt::format("expected {} bytes ({}), found more", count, fmt::join(shape, " x ")));
  }
  return tensor;
}

}  // namespace vib
