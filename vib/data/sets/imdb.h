#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>

#include <torch/arg.h>

#include "vib/core/export.h"
#include "vib/data/dataset.h"
#include "vib/data/hold_out.h"
#include "vib/data/text/vocabulary.h"

namespace vib {

/// Where the Large Movie Review Dataset lies and how its texts become tokens.
struct ImdbOptions {
  explicit ImdbOptions(std::filesystem::path root) : root_(std::move(root)) {}

  /// The archive aclImdb_v1.tar.gz (or any .tar or .tar.gz laid out alike), the unpacked tree (with train/ and test/),
  /// or a folder that holds aclImdb/, aclImdb_v1.tar.gz or aclImdb.tar.gz.
  TORCH_ARG(std::filesystem::path, root);
  /// Number of token ids, the three reserved ones included; fewer where there are fewer words. Default: 5000.
  TORCH_ARG(std::int64_t, vocabulary) = 5000;
  /// Tokens per review. Default: 400.
  TORCH_ARG(std::int64_t, length) = 400;
  /// Where shorter reviews are padded and longer ones cut. Default: kFront.
  TORCH_ARG(Side, side) = Side::kFront;
  /// Examples held out of the 25,000 training ones. Default: 5000.
  TORCH_ARG(HoldOut, validation) = 5000;
  /// Which examples are held out depends on this alone. Default: 0.
  TORCH_ARG(std::uint64_t, seed) = 0;
  /// Reviews that each of the four folders must hold; 0 allows any number but none. Default: 12500.
  TORCH_ARG(std::int64_t, expect) = 12500;
  /// Whether the tokens of an archive are kept for the next time. Default: true.
  TORCH_ARG(bool, cache) = true;
  /// The folder they are kept in. Default, where empty: $XDG_CACHE_HOME/vib, or ~/.cache/vib.
  TORCH_ARG(std::filesystem::path, cache_folder) = {};
};

/// Texts as token ids, and the words behind the ids.
struct TextData {
  DataSplits splits;
  Vocabulary vocabulary;
};

/// The Large Movie Review Dataset (Maas et al., 2011): inputs `[N, length]` int32 (`Vocabulary::encode`), targets 0 for
/// negative and 1 for positive, 2 classes. Examples are ordered by (label, id), whatever the order in the archive. An
/// empty review is its start id alone.
///
/// The vocabulary is fitted on the whole training part as distributed, which includes the reviews that are held out for
/// validation (so that it does not depend on `validation` and `seed`), and never on the test part. The unlabelled
/// reviews are not read.
///
/// A cache is used as long as the archive's path, size and time of change, the options and the version of its format
/// are the same, and its checksums are right; else it is written anew. Where it cannot be written there is none. An
/// unpacked tree is read each time.
///
/// Throws vib::DataError where the data is missing, damaged or misnamed, an id comes twice in a folder, a folder does
/// not hold the expected number of reviews, or an option is out of range.
VIB_API TextData load_imdb(const ImdbOptions& options);

}  // namespace vib
