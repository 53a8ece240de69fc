#include <string>
#include <vector>

#include "tests/fuzz/driver.h"
#include "tests/fuzz/drivers.h"
#include "vib/core/utf8.h"
#include "vib/data/sets/imdb_reviews.h"
#include "vib/data/text/tokenizer.h"
#include "vib/data/text/vocabulary.h"

namespace vib::fuzz {

void text(std::string_view input) {
  const auto valid = valid_utf8(input);
  expect(is_utf8(valid), "what was made valid is not");
  expect(!is_utf8(input) || valid == input, "valid text was changed");
  expect(character_count(input) == character_count(valid), "a replaced character counts otherwise");
  expect(first_characters(input, 7).size() <= input.size(), "a beginning is longer than the whole");
  WordCounts counts;
  for (const auto& word : tokenize(input)) {
    expect(tokenize(word) == std::vector{word}, "a word is not one word");
    ++counts[word];
  }
  const auto vocabulary = Vocabulary::fit(counts, 10);
  (void)vocabulary.decode(vocabulary.encode(input, 5, Side::kBack));
}

void imdb(std::string_view input) {
  read_imdb_reviews(file_of(input), [](const ReviewKey&, const std::string& review) { (void)normalize_text(review); });
}

}  // namespace vib::fuzz
