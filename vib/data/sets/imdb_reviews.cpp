#include "vib/data/sets/imdb_reviews.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOrigin = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz";
constexpr std::size_t kBufferBytes = 1 << 18;
/// A thousand times the longest. A sparse file's zeros take no room in the archive, and would take all memory.
constexpr std::size_t kLargestReview = std::size_t{16} << 20;

[[noreturn]] void fail(const fs::path& path, std::string_view reason) {
  throw DataError(fmt::format("{}: {}", path.string(), reason));
}

/// Which review a file is, by its path; nothing where it is not in a folder of reviews.
std::optional<ReviewKey> parse_path(const fs::path& source, const fs::path& member) {
  const auto folder = member.parent_path(), part = folder.parent_path();
  const bool test = part.filename() == "test", positive = folder.filename() == "pos";
  if (!test && part.filename() != "train") return std::nullopt;
  if (!positive && folder.filename() != "neg") return std::nullopt;
  const auto name = member.filename().string();
  // macOS leaves ._NAME beside NAME.
  if (member.extension() != ".txt" || name.starts_with('.')) return std::nullopt;

  ReviewKey key{.test = test, .positive = positive};
  int rating = 0;
  const char* const end = name.data() + name.size() - std::string_view(".txt").size();
  const auto id = std::from_chars(name.data(), end, key.id);
  const bool underscore = id.ec == std::errc() && id.ptr != end && *id.ptr == '_';
  const auto last = underscore ? std::from_chars(id.ptr + 1, end, rating) : id;
  if (!underscore || last.ec != std::errc() || last.ptr != end || key.id < 0 || rating < 0)
    fail(source, fmt::format("{}: a review's file must be named ID_RATING.txt, such as 127_9.txt", member.string()));
  return key;
}

struct ArchiveFree {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
struct GzipClose {
  void operator()(gzFile file) const { gzclose_r(file); }
};

/// A tar archive, plain or gzip-compressed. zlib decompresses, because libarchive's own reader passes over gzip's
/// checksum.
class TarReader {
 public:
  explicit TarReader(const fs::path& path)
      : path_(path), file_(gzopen(path.c_str(), "rb")), archive_(archive_read_new()), buffer_(kBufferBytes) {
    if (!file_) fail(path_, "cannot open");
    gzbuffer(file_.get(), kBufferBytes);
    archive_read_support_format_tar(archive_.get());
    if (archive_read_open(archive_.get(), this, nullptr, &TarReader::read_more, nullptr) != ARCHIVE_OK) damaged();
  }

  /// The next file's path inside the archive, or nothing at the end, where the checksum has been verified.
  std::optional<fs::path> next() {
    archive_entry* entry = nullptr;
    while (true) {
      const int code = archive_read_next_header(archive_.get(), &entry);
      if (code == ARCHIVE_EOF) {
        while (read_more() > 0) continue;
        if (!reason_.empty()) damaged();
        return std::nullopt;
      }
      if (code != ARCHIVE_OK && code != ARCHIVE_WARN) damaged();
      const char* name = archive_entry_pathname(entry);
      if (name != nullptr && archive_entry_filetype(entry) == AE_IFREG) return name;
    }
  }

  /// The content of the file that `next` named `member`.
  std::string content(const fs::path& member) {
    std::string text;
    std::array<char, 1 << 14> block;
    la_ssize_t got = 0;
    while ((got = archive_read_data(archive_.get(), block.data(), block.size())) > 0) {
      text.append(block.data(), static_cast<std::size_t>(got));
      if (text.size() > kLargestReview)
        fail(path_,
             fmt::format("{}: a review of more than 16 MiB; get the archive again from {}", member.string(), kOrigin));
    }
    if (got < 0) damaged();
    return text;
  }

 private:
  [[noreturn]] void damaged() {
    const char* seen = archive_error_string(archive_.get());
    if (reason_.empty()) reason_ = seen != nullptr ? seen : "unknown format";
    fail(path_,
         fmt::format("truncated, damaged, or not a .tar.gz archive ({}); get it again from {}", reason_, kOrigin));
  }

  la_ssize_t read_more() {
    const int got = gzread(file_.get(), buffer_.data(), static_cast<unsigned>(buffer_.size()));
    int code = Z_OK;
    const char* text = gzerror(file_.get(), &code);
    if (code == Z_OK) return got;
    reason_ = text;
    archive_set_error(archive_.get(), EIO, "%s", text);
    return -1;
  }

  static la_ssize_t read_more(archive*, void* self, const void** bytes) {
    auto* reader = static_cast<TarReader*>(self);
    *bytes = reader->buffer_.data();
    return reader->read_more();
  }

  fs::path path_;
  std::unique_ptr<gzFile_s, GzipClose> file_;
  std::unique_ptr<archive, ArchiveFree> archive_;
  std::vector<char> buffer_;
  std::string reason_;
};

void read_tree(const fs::path& root, const std::function<void(ReviewKey, std::string)>& visit) {
  for (const char* part : {"train", "test"}) {
    for (const char* label : {"neg", "pos"}) {
      std::error_code error;  // a missing folder is found out by its count of reviews
      for (const auto& entry : fs::directory_iterator(root / part / label, error)) {
        const auto key = parse_path(root, fs::path(part) / label / entry.path().filename());
        if (!key) continue;
        try {
          visit(*key, read_file(entry.path()));
        } catch (const StateError& unreadable) {
          throw DataError(unreadable.what());
        }
      }
    }
  }
}

bool is_file(const fs::path& path) {
  std::error_code error;  // such as a folder that may not be looked into
  return fs::is_regular_file(path, error);
}

bool is_tree(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path / "train", error) && fs::is_directory(path / "test", error);
}

}  // namespace

fs::path find_imdb(const fs::path& root) {
  if (is_file(root) || is_tree(root)) return root;
  if (is_tree(root / "aclImdb")) return root / "aclImdb";
  for (const char* name : {"aclImdb_v1.tar.gz", "aclImdb.tar.gz"})
    if (is_file(root / name)) return root / name;
  fail(root, fmt::format("found no Large Movie Review Dataset: neither an archive aclImdb_v1.tar.gz or aclImdb.tar.gz, "
                         "nor a folder aclImdb/ with train/ and test/. data.root must be the folder that holds one of "
                         "them, or be one of them; `vib data get imdb` downloads the archive from {}",
                         kOrigin));
}

void read_imdb_reviews(const fs::path& path, const std::function<void(ReviewKey, std::string)>& visit) {
  if (fs::is_directory(path)) return read_tree(path, visit);
  TarReader reader(path);
  while (const auto member = reader.next())
    if (const auto key = parse_path(path, *member)) visit(*key, reader.content(*member));
}

}  // namespace vib
