#include "vib/data/sets/imdb.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/data/sets/imdb_cache.h"
#include "vib/data/sets/imdb_reviews.h"
#include "vib/data/text/text_corpus.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const ReviewKey& key) {
  return fmt::format("{}/{}", key.test ? "test" : "train", key.positive ? "pos" : "neg");
}

void check_options(const ImdbOptions& options) {
  if (options.length() < 1) throw DataError(fmt::format("data.length is {}; it must be at least 1", options.length()));
}

void check_keys(const fs::path& path, const std::vector<ReviewKey>& sorted, std::int64_t expect) {
  if (const auto twin = std::ranges::adjacent_find(sorted); twin != sorted.end())
    throw DataError(fmt::format("{}: {} holds two reviews of id {}", path.string(), folder_of(*twin), twin->id));
  for (const bool test : {false, true}) {
    for (const bool positive : {false, true}) {
      const auto found = std::ranges::count_if(
          sorted, [&](const ReviewKey& key) { return key.test == test && key.positive == positive; });
      if (expect > 0 ? found == expect : found > 0) continue;
      throw DataError(fmt::format("{}: expected {} reviews (ID_RATING.txt) in {}, found {}", path.string(),
                                  expect > 0 ? std::to_string(expect) : "some",
                                  folder_of({.test = test, .positive = positive}), found));
    }
  }
}

ImdbTokens tokenize_reviews(const fs::path& path, const ImdbOptions& options) {
  std::vector<ReviewKey> keys;
  TextCorpus corpus;
  read_imdb_reviews(path, [&](ReviewKey key, std::string text) {
    keys.push_back(key);
    corpus.add(std::move(text), /*fitted=*/!key.test);
  });
  corpus.finish();

  std::vector<std::int64_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](std::int64_t i) { return keys[static_cast<std::size_t>(i)]; });
  std::ranges::sort(keys);
  check_keys(path, keys, options.expect());

  ImdbTokens tokens;
  tokens.vocabulary = Vocabulary::fit(corpus.counts(), options.vocabulary());
  tokens.inputs = corpus.encode(tokens.vocabulary, order, options.length(), options.side());
  tokens.targets = torch::empty({static_cast<std::int64_t>(keys.size())}, torch::kInt64);
  for (std::size_t i = 0; i < keys.size(); ++i)
    tokens.targets.mutable_data_ptr<std::int64_t>()[i] = keys[i].positive ? 1 : 0;
  tokens.train = std::ranges::count(keys, false, &ReviewKey::test);
  return tokens;
}

ImdbTokens cached_tokens(const fs::path& path, const ImdbOptions& options) {
  const ImdbCache cache(path, options);
  if (auto tokens = cache.load()) return *std::move(tokens);
  auto tokens = tokenize_reviews(path, options);
  cache.save(tokens);
  return tokens;
}

Dataset part(const ImdbTokens& tokens, std::int64_t begin, std::int64_t end, const char* name) {
  Dataset data;
  data.inputs = tokens.inputs.slice(0, begin, end);
  data.targets = tokens.targets.slice(0, begin, end);
  data.classes = ImdbTokens::kClasses;
  data.name = name;
  return data;
}

}  // namespace

TextData load_imdb(const ImdbOptions& options) {
  check_options(options);
  const auto path = find_imdb(options.root());
  const auto tokens = cached_tokens(path, options);
  auto splits =
      hold_out(part(tokens, 0, tokens.train, "imdb/train"),
               part(tokens, tokens.train, tokens.targets.size(0), "imdb/test"), options.validation(), options.seed());
  return {.splits = std::move(splits), .vocabulary = tokens.vocabulary};
}

}  // namespace vib
