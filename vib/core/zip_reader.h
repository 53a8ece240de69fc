#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <torch/types.h>

struct archive;
struct archive_entry;

namespace vib {

/// Goes through the parts of a zip archive that lies in memory, in the order of the table at its end, stored or
/// deflated, and verifies their checksums. Everything throws std::runtime_error with the reason alone: which file it is
/// is the caller's to say.
class ZipReader {
 public:
  /// `bytes` must outlive the reader.
  explicit ZipReader(std::string_view bytes);

  /// Goes on to the next part; false after the last.
  bool next();
  /// The name of the current part.
  const std::string& name() const { return name_; }
  /// How many bytes it claims to hold.
  std::uint64_t size() const;
  /// The content of the current part, `[n]` uint8. One that claims more than `most` bytes is refused unread.
  torch::Tensor read(std::uint64_t most) const;

 private:
  struct Free {
    void operator()(archive* reader) const;
  };
  [[noreturn]] void fail(const char* otherwise) const;

  std::unique_ptr<archive, Free> reader_;
  archive_entry* entry_ = nullptr;
  std::string name_;
};

}  // namespace vib
