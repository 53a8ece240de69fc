#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// Looks up strings by views of them.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
/// How often each word occurs.
using WordCounts = std::unordered_map<std::string, std::int64_t, StringHash, std::equal_to<>>;

/// The end of a text at which it is padded when too short and cut when too long.
enum class Side { kFront, kBack };

/// The words a model knows, and their numbers. Ids 0, 1 and 2 are reserved; words count from 3.
class VIB_API Vocabulary {
 public:
  static constexpr std::int32_t kPadding = 0;
  static constexpr std::int32_t kStart = 1;
  static constexpr std::int32_t kUnknown = 2;
  static constexpr std::int32_t kReserved = 3;

  Vocabulary() = default;
  /// The words in the order of their ids, without the reserved ones. Throws vib::DataError where a word comes twice or
  /// is none (`tokenize` would not give it).
  explicit Vocabulary(std::vector<std::string> words);
  /// The most frequent words of `counts`, ties in byte order, so that at most `size` ids are in use, the reserved ones
  /// included. Throws vib::DataError unless size >= 4.
  static Vocabulary fit(const WordCounts& counts, std::int64_t size);

  const std::vector<std::string>& words() const { return words_; }
  /// The number of ids, reserved ones included.
  std::int64_t size() const { return kReserved + static_cast<std::int64_t>(words_.size()); }
  /// The word's id, kUnknown where it has none.
  std::int32_t id(std::string_view word) const;

  /// The start id and the ids of the words of `text`, made `length` long at `side`: int32 `[length]`. A text that is
  /// cut in front loses its start id with its first words.
  torch::Tensor encode(std::string_view text, std::int64_t length, Side side) const;
  /// The words of ids `[L]` (any integer type), with blanks between them, "?" for kUnknown and nothing for padding and
  /// start. Throws c10::Error where an id is out of range.
  std::string decode(const torch::Tensor& ids) const;

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string, std::int32_t, StringHash, std::equal_to<>> ids_;
};

/// Puts the start id and then `words` into `row`, padded and cut at `side`.
VIB_API void place_ids(std::span<const std::int32_t> words, Side side, std::span<std::int32_t> row);

}  // namespace vib
