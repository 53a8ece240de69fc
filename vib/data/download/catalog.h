#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vib {

/// One file of a data set, as its authors distribute it.
struct CatalogFile {
  std::string name;                    ///< in the data set's folder
  std::uint64_t bytes = 0;             ///< its size; 0 where it is not known
  std::string sha256;                  ///< 64 lower-case hexadecimal digits
  std::vector<std::string> also = {};  ///< other names under which the same data may lie there, e.g. unpacked
};

/// A data set that the program knows.
struct CatalogEntry {
  std::string name;
  std::string about;  ///< one line
  std::string licence;
  std::string home;                           ///< where its authors describe it
  std::vector<std::string> mirrors = {};      ///< folders that hold the files, best first, each ending in '/'
  std::vector<CatalogFile> files = {};        ///< empty: made by the program
  std::vector<std::string> class_names = {};  ///< empty: the classes are numbers

  bool made_here() const { return files.empty(); }
};

/// digits, mnist, fashion_mnist and imdb.
std::vector<CatalogEntry> catalog();

/// The names of the classes of a data set; empty where they are numbers, or there is no such data set.
std::vector<std::string> class_names_of(const std::string& name);

/// Where to ask for `file`, in this order: $VIB_MIRROR/NAME/FILE, when that variable is set, then every mirror.
std::vector<std::string> addresses(const CatalogEntry& entry, const CatalogFile& file);

/// `file` in `root` under its own or another of its names, or an empty path.
std::filesystem::path find_file(const CatalogFile& file, const std::filesystem::path& root);

/// Whether every file is there, by name alone.
bool is_complete(const CatalogEntry& entry, const std::filesystem::path& root);

}  // namespace vib
