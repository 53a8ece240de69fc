#include "vib/data/text/vocabulary.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/data/text/tokenizer.h"

namespace vib {

Vocabulary::Vocabulary(std::vector<std::string> words) : words_(std::move(words)) {
  ids_.reserve(words_.size());
  for (const auto& word : words_) {
    if (tokenize(word) != std::vector{word}) throw DataError(fmt::format("vocabulary: \"{}\" is not one word", word));
    const auto id = kReserved + static_cast<std::int32_t>(ids_.size());
    if (!ids_.emplace(word, id).second) throw DataError(fmt::format("vocabulary: \"{}\" comes twice", word));
  }
}

Vocabulary Vocabulary::fit(const WordCounts& counts, std::int64_t size) {
  if (size <= kReserved) {
    throw DataError(
        fmt::format("a vocabulary of {} ids has no room for words: {} are reserved, so at least {} are "
                    "needed",
                    size, kReserved, kReserved + 1));
  }
  std::vector<std::pair<std::int64_t, std::string_view>> ranked;
  for (const auto& [word, count] : counts) ranked.emplace_back(-count, word);
  const auto kept = std::min<std::int64_t>(size - kReserved, static_cast<std::int64_t>(ranked.size()));
  std::partial_sort(ranked.begin(), ranked.begin() + kept, ranked.end());
  std::vector<std::string> words;
  for (std::int64_t i = 0; i < kept; ++i) words.emplace_back(ranked[i].second);
  return Vocabulary(std::move(words));
}

std::int32_t Vocabulary::id(std::string_view word) const {
  const auto found = ids_.find(word);
  return found == ids_.end() ? kUnknown : found->second;
}

torch::Tensor Vocabulary::encode(std::string_view text, std::int64_t length, Side side) const {
  std::vector<std::int32_t> ids;
  for_each_word(text, [&](std::string_view word) { ids.push_back(id(word)); });
  auto row = torch::empty({length}, torch::kInt32);
  place_ids(ids, side, {row.mutable_data_ptr<std::int32_t>(), static_cast<std::size_t>(length)});
  return row;
}

std::string Vocabulary::decode(const torch::Tensor& ids) const {
  TORCH_CHECK(ids.dim() == 1, "ids must be of [L], got ", ids.sizes());
  const auto row = ids.to(torch::kCPU, torch::kInt64).contiguous();
  std::string text;
  for (const auto id : std::span(row.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(row.numel()))) {
    TORCH_CHECK(id >= 0 && id < size(), "id ", id, " is not one of a vocabulary of ", size());
    if (id == kPadding || id == kStart) continue;
    if (!text.empty()) text += ' ';
    text += id == kUnknown ? "?" : words_[static_cast<std::size_t>(id - kReserved)];
  }
  return text;
}

void place_ids(std::span<const std::int32_t> words, Side side, std::span<std::int32_t> row) {
  std::ranges::fill(row, Vocabulary::kPadding);
  const auto whole = words.size() + 1;  // with the start id
  const auto kept = std::min(whole, row.size());
  // Positions of the kept ids in the whole text and in the row.
  const auto from = side == Side::kFront ? whole - kept : 0;
  const auto to = side == Side::kFront ? row.size() - kept : 0;
  for (std::size_t i = 0; i < kept; ++i) row[to + i] = from + i == 0 ? Vocabulary::kStart : words[from + i - 1];
}

}  // namespace vib
