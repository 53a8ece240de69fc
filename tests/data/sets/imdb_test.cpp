#include "vib/data/sets/imdb.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"
#include "vib/core/tensor_file.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// The members of an archive, in order.
using Members = std::vector<std::pair<std::string, std::string>>;

const Members kReviews = {
    {"aclImdb/README", "not a review"},
    {"aclImdb/train/neg/10_2.txt", "bad film"},
    {"aclImdb/train/neg/2_1.txt", "Bad, bad!<br /><br />Plot"},
    {"aclImdb/train/pos/0_9.txt", "good film"},
    {"aclImdb/train/pos/1_10.txt", "good good good story"},
    {"aclImdb/train/unsup/7_0.txt", "unlabelled unlabelled unlabelled"},
    {"aclImdb/train/labeledBow.feat", "9 0:9 1:1"},
    {"aclImdb/train/urls_pos.txt", "http://..."},
    {"aclImdb/test/neg/0_3.txt", "secret secret secret bad"},
    {"aclImdb/test/pos/0_7.txt", "good secret"},
};

void write_archive(const fs::path& path, const Members& members) {
  archive* writer = archive_write_new();
  archive_write_set_format_ustar(writer);
  if (path.extension() == ".gz") archive_write_add_filter_gzip(writer);
  ASSERT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
  for (const auto& [name, content] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(writer, entry);
    archive_write_data(writer, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_free(writer);
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Imdb : public testing::Test, public test::TemporaryFolder {
 protected:
  fs::path archive() const { return path / "aclImdb_v1.tar.gz"; }
  fs::path cache() const { return path / "cache"; }

  ImdbOptions options(const fs::path& root) const {
    return ImdbOptions(root).length(6).validation(0).expect(0).cache(false).cache_folder(cache());
  }
  TextData load() const { return load_imdb(options(path)); }
  TextData load_cached() const { return load_imdb(options(path).cache(true)); }

  void put_tree(const fs::path& root, const Members& members) const {
    for (const auto& [name, content] : members) {
      fs::create_directories((root / name).parent_path());
      std::ofstream(root / name, std::ios::binary) << content;
    }
  }

  /// `kReviews` and more.
  void put_archive(const Members& more = {}) const {
    auto members = kReviews;
    members.insert(members.end(), more.begin(), more.end());
    write_archive(archive(), members);
  }

  fs::path only_cache_file() const {
    const std::vector<fs::directory_entry> files{fs::directory_iterator(cache()), {}};
    EXPECT_EQ(files.size(), 1u);
    return files.at(0).path();
  }

  void expect_refused(const std::string& reason) const {
    EXPECT_THAT([&] { load(); }, ThrowsMessage<DataError>(AllOf(HasSubstr(path.string()), HasSubstr(reason))));
  }
};

void expect_same(const TextData& a, const TextData& b) {
  EXPECT_EQ(a.vocabulary.words(), b.vocabulary.words());
  EXPECT_TRUE(torch::equal(a.splits.train.inputs, b.splits.train.inputs));
  EXPECT_TRUE(torch::equal(a.splits.train.targets, b.splits.train.targets));
  EXPECT_TRUE(torch::equal(a.splits.test.inputs, b.splits.test.inputs));
}

TEST_F(Imdb, OrdersExamplesByLabelAndNumber) {
  put_archive();
  const auto data = load();
  EXPECT_THAT(data.vocabulary.words(), testing::ElementsAre("good", "bad", "film", "plot", "story"));
  const auto& train = data.splits.train;
  EXPECT_EQ(train.inputs.scalar_type(), torch::kInt32);
  EXPECT_EQ(train.targets.scalar_type(), torch::kInt64);
  const auto rows = torch::tensor({0, 0, 1, 4, 4, 6,   // bad bad plot
                                   0, 0, 0, 1, 4, 5,   // bad film
                                   0, 0, 0, 1, 3, 5,   // good film
                                   0, 1, 3, 3, 3, 7},  // good good good story
                                  torch::kInt32);
  EXPECT_TRUE(torch::equal(train.inputs, rows.view({4, 6})));
  EXPECT_TRUE(torch::equal(train.targets, torch::tensor({0, 0, 1, 1})));
  EXPECT_EQ(data.vocabulary.decode(data.splits.test.inputs[0]), "? ? ? bad") << "the test part is not fitted";
  EXPECT_EQ(data.splits.train.classes, 2);
  EXPECT_EQ(data.splits.train.name, "imdb/train");
  EXPECT_EQ(data.splits.test.name, "imdb/test");
}

TEST_F(Imdb, ReadsTheSameFromEveryShape) {
  put_archive();
  const auto expected = load();
  expect_same(load_imdb(options(archive())), expected);
  auto shuffled = kReviews;
  std::ranges::reverse(shuffled);
  write_archive(path / "plain.tar", shuffled);
  expect_same(load_imdb(options(path / "plain.tar")), expected);
  const auto folder = path / "unpacked";
  put_tree(folder, kReviews);
  expect_same(load_imdb(options(folder)), expected);
  expect_same(load_imdb(options(folder / "aclImdb")), expected);
}

TEST_F(Imdb, HoldsOutForValidationWithoutChangingTheVocabulary) {
  put_archive();
  const auto data = load_imdb(options(path).validation(2));
  EXPECT_EQ(data.splits.train.size(), 2);
  EXPECT_EQ(data.splits.validation.size(), 2);
  EXPECT_EQ(data.splits.validation.name, "imdb/validation");
  EXPECT_EQ(data.vocabulary.words(), load().vocabulary.words());
}

TEST_F(Imdb, TakesAnEmptyReviewAsItsStartAlone) {
  put_archive({{"aclImdb/train/pos/5_8.txt", ""}});
  EXPECT_TRUE(torch::equal(load().splits.train.inputs[4], torch::tensor({0, 0, 0, 0, 0, 1}, torch::kInt32)));
}

TEST_F(Imdb, TakesAReviewOfAMillionWords) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "endless ";
  put_archive({{"aclImdb/train/pos/5_8.txt", text + "film"}});
  const auto data = load();
  EXPECT_EQ(data.vocabulary.words()[0], "endless");
  EXPECT_EQ(data.vocabulary.decode(data.splits.train.inputs[4]), "endless endless endless endless endless film");
}

TEST_F(Imdb, TakesBytesThatAreNoUtf8AsBlanks) {
  put_archive({{"aclImdb/train/pos/5_8.txt", "caf\xE9 \xFF good"}});
  const auto data = load();
  EXPECT_EQ(data.vocabulary.decode(data.splits.train.inputs[4]), "caf good");
}

TEST_F(Imdb, RefusesAFolderWithoutTheDataAndSaysWhereToGetIt) {
  expect_refused("found no Large Movie Review Dataset");
  expect_refused("https://ai.stanford.edu/");
}

TEST_F(Imdb, RefusesEveryTruncationOfTheArchive) {
  put_archive();
  const auto whole = bytes_of(archive());
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    std::ofstream(archive(), std::ios::binary) << whole.substr(0, length);
    EXPECT_THROW(load(), DataError) << length << " of " << whole.size();
  }
  std::ofstream(archive(), std::ios::binary) << whole.substr(0, whole.size() / 2);
  expect_refused("truncated, damaged, or not a .tar.gz archive");
}

// libarchive's own gzip reader passes over the checksum: a flipped letter would train unnoticed.
TEST_F(Imdb, RefusesAFlippedBitInTheArchive) {
  put_archive();
  const auto whole = bytes_of(archive());
  const auto expected = load();
  int refused = 0, tried = 0;
  for (std::size_t bit = 8 * 10; bit < 8 * whole.size(); bit += 11, ++tried) {
    auto flipped = whole;
    flipped[bit / 8] ^= static_cast<char>(1 << bit % 8);
    std::ofstream(archive(), std::ios::binary) << flipped;
    try {
      expect_same(load(), expected);
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, tried * 9 / 10);
}

TEST_F(Imdb, RefusesWhatIsNoArchive) {
  std::ofstream(archive()) << "<!DOCTYPE html><title>404</title>" << std::string(2000, ' ');
  expect_refused("not a .tar.gz archive");
}

TEST_F(Imdb, RefusesAnArchiveOfSomethingElse) {
  write_archive(archive(), {{"mnist/train-images-idx3-ubyte", "0"}, {"train/neg.txt", "bad"}});
  expect_refused("expected some reviews (ID_RATING.txt) in train/neg, found 0");
}

// A sparse file of tar: 3 GiB of zeros in a kilobyte.
TEST_F(Imdb, RefusesAReviewThatIsTooLargeToBeOne) {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& field) { header.replace(at, field.size(), field); };
  put(0, "aclImdb/train/neg/0_1.txt");
  put(100, "0000644");
  put(124, "00000000001");  // bytes that follow
  put(148, "        ");
  put(156, "S");
  put(257, "ustar  ");
  put(386, "27777777777" + std::string(1, '\0') + "00000000001");  // its one piece: where it lies, its size
  put(483, "30000000000");                                         // its size in octal
  unsigned sum = 0;
  for (const unsigned char byte : header) sum += byte;
  put(148, fmt::format("{:06o}", sum) + std::string(1, '\0'));
  std::ofstream(path / "aclImdb_v1.tar.gz", std::ios::binary) << header << std::string(1024, '\0');
  expect_refused("aclImdb/train/neg/0_1.txt: a review of more than 16 MiB");
}

// Its checksums are right, so that somebody wrote it so, or an older program did.
TEST_F(Imdb, ACacheOfOtherTensorsIsRebuilt) {
  put_archive();
  const auto expected = load_cached();
  const auto file = only_cache_file();
  const auto with = [&](const std::string& name, const torch::Tensor& tensor) {
    auto kept = load_tensors(file);
    kept[name] = tensor;
    save_tensors(file, kept);
    expect_same(load_cached(), expected);
  };
  with("train", torch::tensor(100));
  with("train", torch::tensor(-1));
  with("targets", torch::zeros({3}, torch::kInt64));
  with("targets", torch::full({6}, 2, torch::kInt64));
  with("targets", torch::zeros({6}));
  with("inputs", torch::zeros({6}, torch::kInt16));
  with("inputs", torch::full({6, 6}, 100, torch::kInt16));
  with("inputs", torch::full({6, 6}, -1, torch::kInt16));
}

TEST_F(Imdb, RefusesAMissingFolder) {
  put_tree(path, {{"train/neg/0_1.txt", "a"}, {"train/pos/0_9.txt", "a"}, {"test/neg/0_1.txt", "a"}});
  expect_refused("test/pos, found 0");
  put_tree(path, {{"test/pos/0_9.txt", "a"}});
  EXPECT_EQ(load().splits.test.size(), 2);
}

TEST_F(Imdb, RefusesAnotherNumberOfReviewsThanExpected) {
  put_archive();
  EXPECT_THAT([&] { load_imdb(ImdbOptions(path).cache(false)); },
              ThrowsMessage<DataError>(HasSubstr("expected 12500 reviews (ID_RATING.txt) in train/neg, found 2")));
  EXPECT_THAT([&] { load_imdb(options(path).expect(2)); }, ThrowsMessage<DataError>(HasSubstr("test/neg, found 1")));
}

TEST_F(Imdb, RefusesANameWithoutRating) {
  for (const char* name : {"17.txt", "17_.txt", "_9.txt", "a_9.txt", "17_9b.txt", "99999999999999999999_9.txt"}) {
    put_archive({{std::string("aclImdb/test/pos/") + name, "good"}});
    expect_refused(std::string("test/pos/") + name + ": a review's file must be named ID_RATING.txt");
  }
}

TEST_F(Imdb, PassesOverWhatSystemsLeaveBesideTheReviews) {
  put_archive({{"aclImdb/train/pos/._0_9.txt", "x"}, {"aclImdb/train/pos/.DS_Store", "x"}});
  EXPECT_EQ(load().splits.train.size(), 4);
}

TEST_F(Imdb, RefusesTwoReviewsOfOneNumber) {
  put_archive({{"aclImdb/train/pos/1_7.txt", "again"}});
  expect_refused("train/pos holds two reviews of id 1");
}

TEST_F(Imdb, RefusesOptionsOutOfRange) {
  put_archive();
  EXPECT_THAT([&] { load_imdb(options(path).length(0)); }, ThrowsMessage<DataError>(HasSubstr("data.length is 0")));
  EXPECT_THAT([&] { load_imdb(options(path).vocabulary(3)); }, ThrowsMessage<DataError>(HasSubstr("at least 4")));
  EXPECT_THROW(load_imdb(options(path).validation(4)), DataError);
}

TEST_F(Imdb, TheCacheHoldsTheSame) {
  put_archive();
  const auto expected = load();
  EXPECT_FALSE(fs::exists(cache()));
  expect_same(load_cached(), expected);
  const auto written = fs::last_write_time(only_cache_file());
  expect_same(load_cached(), expected);
  EXPECT_EQ(fs::last_write_time(only_cache_file()), written) << "read, not written again";
  expect_same(load_imdb(options(path).cache(true).validation(1)), load_imdb(options(path).validation(1)));
  EXPECT_EQ(load_imdb(options(path).cache(true).length(4)).splits.train.inputs.size(1), 4);
}

TEST_F(Imdb, ACacheIsRebuiltWhenTheArchiveChanges) {
  const auto plain = path / "plain.tar";
  const auto first_word_with = [&](const Members& more, fs::file_time_type time) {
    auto members = kReviews;
    members.insert(members.end(), more.begin(), more.end());
    write_archive(plain, members);
    fs::last_write_time(plain, time);
    return load_imdb(options(plain).cache(true)).vocabulary.words()[0];
  };
  const auto time = fs::file_time_type::clock::now();
  EXPECT_EQ(first_word_with({{"train/pos/5_8.txt", "x x x x x"}}, time), "x");
  EXPECT_EQ(first_word_with({{"train/pos/5_8.txt", "y y y y y"}}, time), "x") << "size and time are the same";
  EXPECT_EQ(first_word_with({{"train/pos/5_8.txt", "y y y y y"}}, time + std::chrono::seconds(1)), "y");
  EXPECT_EQ(first_word_with({}, time + std::chrono::seconds(1)), "good") << "another size";
  only_cache_file();
}

TEST_F(Imdb, ADamagedCacheIsRebuilt) {
  put_archive();
  const auto expected = load_cached();
  const auto file = only_cache_file();
  const auto whole = bytes_of(file);
  for (const auto& damaged : {whole.substr(0, whole.size() / 2), std::string("junk"), std::string()}) {
    std::ofstream(file, std::ios::binary) << damaged;
    expect_same(load_cached(), expected);
    EXPECT_EQ(bytes_of(file).size(), whole.size());
  }
  auto flipped = whole;
  flipped[whole.size() / 2] ^= 1;
  std::ofstream(file, std::ios::binary) << flipped;
  expect_same(load_cached(), expected);
}

TEST_F(Imdb, ACacheThatCannotBeWrittenIsNoFailure) {
  put_archive();
  std::ofstream(cache()) << "a file where the folder should be";
  expect_same(load_cached(), load());
}

TEST_F(Imdb, TheCacheLiesWhereTheSystemSays) {
  put_archive();
  const char* before = std::getenv("XDG_CACHE_HOME");
  const std::string kept = before != nullptr ? before : "";
  ::setenv("XDG_CACHE_HOME", (path / "home").c_str(), 1);
  load_imdb(options(path).cache(true).cache_folder({}));
  before != nullptr ? ::setenv("XDG_CACHE_HOME", kept.c_str(), 1) : ::unsetenv("XDG_CACHE_HOME");
  EXPECT_FALSE(fs::is_empty(path / "home" / "vib"));
}

TEST(ImdbData, IsReadAsDistributed) {
  const char* folder = std::getenv("VIB_DATA_DIR");
  if (folder == nullptr || !fs::exists(fs::path(folder) / "imdb"))
    GTEST_SKIP() << "set VIB_DATA_DIR to a folder that holds imdb/";
  const auto data = load_imdb(ImdbOptions(fs::path(folder) / "imdb").cache(false));
  EXPECT_EQ(data.splits.train.inputs.sizes(), (std::vector<std::int64_t>{20000, 400}));
  EXPECT_EQ(data.splits.validation.size(), 5000);
  EXPECT_EQ(data.splits.test.targets.sum().item<std::int64_t>(), 12500);
  EXPECT_EQ(data.vocabulary.size(), 5000);
  EXPECT_EQ(data.vocabulary.words()[0], "the");
  EXPECT_EQ(data.splits.test.inputs.max().item<std::int64_t>(), 4999);
}

}  // namespace
}  // namespace vib
