#include "vib/data/download/catalog.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace vib {
namespace {

// Sizes and checksums are those that TensorFlow Datasets publishes, which are of the same files as the MD5 sums that
// torchvision and torchtext publish for the same addresses.

/// An IDX file as distributed, and as it is called unpacked.
CatalogFile idx(const std::string& stem, const std::string& rank, std::uint64_t bytes, std::string sha256) {
  const auto dash = stem + "-idx" + rank + "-ubyte", dot = stem + ".idx" + rank + "-ubyte";
  return {dash + ".gz", bytes, std::move(sha256), {dash, dot, dot + ".gz"}};
}

CatalogEntry digits() {
  return {.name = "digits",
          .about = "digits like handwritten ones, 28 x 28 grey, 10 classes",
          .licence = "the program's own",
          .home = ""};
}

CatalogEntry mnist() {
  return {
      .name = "mnist",
      .about = "handwritten digits, 28 x 28 grey, 10 classes, 60,000 + 10,000",
      .licence = "CC BY-SA 3.0 (LeCun, Cortes, Burges)",
      .home = "http://yann.lecun.com/exdb/mnist/",
      .mirrors = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                  "https://storage.googleapis.com/cvdf-datasets/mnist/", "http://yann.lecun.com/exdb/mnist/"},
      .files = {idx("train-images", "3", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                idx("train-labels", "1", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                idx("t10k-images", "3", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                idx("t10k-labels", "1", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6")}};
}

CatalogEntry fashion_mnist() {
  return {
      .name = "fashion_mnist",
      .about = "articles of clothing, 28 x 28 grey, 10 classes, 60,000 + 10,000",
      .licence = "MIT (Zalando SE)",
      .home = "https://github.com/zalandoresearch/fashion-mnist",
      .mirrors = {"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
                  "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"},
      .files = {idx("train-images", "3", 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
                idx("train-labels", "1", 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
                idx("t10k-images", "3", 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
                idx("t10k-labels", "1", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")},
      .class_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                      "Ankle boot"}};
}

CatalogEntry imdb() {
  return {.name = "imdb",
          .about = "film reviews in English, negative or positive, 25,000 + 25,000",
          .licence = "none stated; asks to cite Maas et al., ACL 2011",
          .home = "https://ai.stanford.edu/~amaas/data/sentiment/",
          .mirrors = {"https://ai.stanford.edu/~amaas/data/sentiment/"},
          .files = {{"aclImdb_v1.tar.gz",
                     84125825,
                     "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
                     {"aclImdb.tar.gz", "aclImdb"}}},
          .class_names = {"negative", "positive"}};
}

}  // namespace

std::vector<CatalogEntry> catalog() { return {digits(), mnist(), fashion_mnist(), imdb()}; }

std::vector<std::string> class_names_of(const std::string& name) {
  for (const auto& entry : catalog())
    if (entry.name == name) return entry.class_names;
  return {};
}

std::vector<std::string> addresses(const CatalogEntry& entry, const CatalogFile& file) {
  std::vector<std::string> all;
  if (const char* own = std::getenv("VIB_MIRROR"); own != nullptr && *own != '\0') {
    const std::string base(own);
    all.push_back(base + (base.ends_with('/') ? "" : "/") + entry.name + "/" + file.name);
  }
  for (const auto& mirror : entry.mirrors) all.push_back(mirror + file.name);
  return all;
}

std::filesystem::path find_file(const CatalogFile& file, const std::filesystem::path& root) {
  std::error_code error;
  if (std::filesystem::exists(root / file.name, error)) return root / file.name;
  for (const auto& name : file.also)
    if (std::filesystem::exists(root / name, error)) return root / name;
  return {};
}

bool is_complete(const CatalogEntry& entry, const std::filesystem::path& root) {
  return std::ranges::all_of(entry.files, [&](const CatalogFile& file) { return !find_file(file, root).empty(); });
}

}  // namespace vib
