#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <torch/types.h>

#include "vib/data/sets/imdb.h"
#include "vib/data/text/vocabulary.h"

namespace vib {

/// Both parts of the data set as tokens, training first.
struct ImdbTokens {
  static constexpr std::int64_t kClasses = 2;

  torch::Tensor inputs;    ///< `[N, length]`, int32
  torch::Tensor targets;   ///< `[N]`, int64
  std::int64_t train = 0;  ///< number of training examples
  Vocabulary vocabulary;
};

/// Tokens kept between runs, in a tensor file whose checksums are verified. Failing to read or write it is never an
/// error: then there is no cache.
class ImdbCache {
 public:
  /// The place for the archive at `path`, tokenised by `options`. A cache of an unpacked tree never holds anything.
  ImdbCache(const std::filesystem::path& path, const ImdbOptions& options);

  /// What is kept, unless it is damaged or belongs to other data or options.
  std::optional<ImdbTokens> load() const;
  void save(const ImdbTokens& tokens) const;

 private:
  std::filesystem::path file_;  // empty: no cache
  std::string key_;
  std::int64_t length_;
};

}  // namespace vib
