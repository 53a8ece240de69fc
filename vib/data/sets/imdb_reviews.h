#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace vib {

/// Which review of the data set; ordered by part, label and id.
struct ReviewKey {
  bool test = false;
  bool positive = false;
  std::int64_t id = 0;

  auto operator<=>(const ReviewKey&) const = default;
};

/// Where the data set lies: `root` itself where it is an archive or has train/ and test/, else root/aclImdb,
/// root/aclImdb_v1.tar.gz or root/aclImdb.tar.gz, whichever is there first. Throws vib::DataError where none is.
std::filesystem::path find_imdb(const std::filesystem::path& root);

/// Calls `visit` with every labelled review of an archive (.tar, plain or gzip-compressed) or an unpacked tree, in the
/// order they come. Reviews are the files PREFIX/{train,test}/{pos,neg}/ID_RATING.txt; everything else is passed over.
/// Nothing is unpacked to disk. Throws vib::DataError where an archive is damaged, truncated or none, or where another
/// .txt file lies in a folder of reviews.
void read_imdb_reviews(const std::filesystem::path& path, const std::function<void(ReviewKey, std::string)>& visit);

}  // namespace vib
