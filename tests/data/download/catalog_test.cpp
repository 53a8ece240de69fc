#include "vib/data/download/catalog.h"

#include <cstdlib>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/sha256.h"

namespace vib {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::StartsWith;

CatalogEntry entry_of(const std::string& name) {
  for (auto& entry : catalog())
    if (entry.name == name) return entry;
  ADD_FAILURE() << name;
  return {};
}

TEST(Catalog, HasWhatADownloadNeeds) {
  std::set<std::string> sums;
  for (const auto& entry : catalog()) {
    EXPECT_FALSE(entry.about.empty() || entry.licence.empty()) << entry.name;
    for (const auto& mirror : entry.mirrors) {
      EXPECT_THAT(mirror, AnyOf(StartsWith("https://"), StartsWith("http://")));
      EXPECT_THAT(mirror, EndsWith("/"));
    }
    for (const auto& file : entry.files) {
      EXPECT_GT(file.bytes, 0) << file.name;
      EXPECT_THAT(file.sha256, MatchesRegex("[0-9a-f]{64}"));
      EXPECT_TRUE(sums.insert(file.sha256).second) << file.name << " has another file's checksum";
    }
    EXPECT_EQ(entry.files.empty(), entry.mirrors.empty()) << entry.name;
  }
  EXPECT_THAT(sums, SizeIs(4 + 4 + 1));
}

TEST(Catalog, AsksTheFirstMirrorOfTheListOverHttps) {
  for (const auto& entry : catalog()) {
    if (entry.made_here()) continue;
    EXPECT_THAT(entry.mirrors.front(), StartsWith("https://")) << entry.name;
  }
}

TEST(Catalog, PutsTheOwnMirrorFirst) {
  CatalogEntry entry;
  entry.name = "toy";
  entry.mirrors = {"https://a.example/x/", "http://b.example/"};
  entry.files = {CatalogFile()};
  entry.files[0].name = "f.gz";
  ::unsetenv("VIB_MIRROR");
  EXPECT_THAT(addresses(entry, entry.files[0]), ElementsAre("https://a.example/x/f.gz", "http://b.example/f.gz"));
  for (const char* base : {"http://127.0.0.1:1/d", "http://127.0.0.1:1/d/"}) {
    ::setenv("VIB_MIRROR", base, 1);
    EXPECT_THAT(addresses(entry, entry.files[0]),
                ElementsAre("http://127.0.0.1:1/d/toy/f.gz", "https://a.example/x/f.gz", "http://b.example/f.gz"));
  }
  ::unsetenv("VIB_MIRROR");
}

class CatalogFolder : public testing::Test, public test::TemporaryFolder {
 protected:
  void touch(const std::string& name) { std::ofstream(path / name) << "x"; }
};

TEST_F(CatalogFolder, FindsFilesUnderTheNamesThatTheLoaderTakes) {
  const auto mnist = entry_of("mnist");
  EXPECT_EQ(find_file(mnist.files[0], path), "");
  touch("train-images.idx3-ubyte");
  EXPECT_EQ(find_file(mnist.files[0], path), path / "train-images.idx3-ubyte");
  touch("train-images-idx3-ubyte.gz");
  EXPECT_EQ(find_file(mnist.files[0], path), path / "train-images-idx3-ubyte.gz");
  EXPECT_FALSE(is_complete(mnist, path));
  for (const char* name : {"train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels.idx1-ubyte.gz"})
    touch(name);
  EXPECT_TRUE(is_complete(mnist, path));
}

/// Those of the real files that are as distributed: sizes and checksums are of them, and not only well formed.
TEST(Catalog, DescribesTheRealMnist) {
  const char* data = std::getenv("VIB_DATA_DIR");
  const auto root = std::filesystem::path(data != nullptr ? data : "") / "mnist";
  int right = 0;
  for (const auto& file : entry_of("mnist").files) {
    if (!std::filesystem::exists(root / file.name)) GTEST_SKIP() << "VIB_DATA_DIR has no mnist/" << file.name;
    right +=
        std::filesystem::file_size(root / file.name) == file.bytes && sha256_of_file(root / file.name) == file.sha256;
  }
  EXPECT_GE(right, 3) << "one may have been compressed anew";
}

}  // namespace
}  // namespace vib
