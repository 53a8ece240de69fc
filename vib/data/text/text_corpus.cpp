#include "vib/data/text/text_corpus.h"

#include <algorithm>
#include <thread>

#include "vib/data/text/tokenizer.h"

namespace vib {
namespace {

/// Texts are handed over in batches of about this many bytes: locking for each would cost more than tokenising.
constexpr std::size_t kBatchBytes = 1 << 18;

unsigned default_threads() { return std::clamp(std::thread::hardware_concurrency(), 2u, 5u) - 1; }

}  // namespace

TextCorpus::TextCorpus(unsigned threads) {
  for (unsigned i = 0; i < (threads > 0 ? threads : default_threads()); ++i)
    threads_.push_back(std::async(std::launch::async, [this] { return work(); }));
}

TextCorpus::~TextCorpus() {
  const std::lock_guard lock(mutex_);
  queue_.clear();
  closed_ = true;
  changed_.notify_all();
  // The futures' destructors, which come after the lock's end, wait for the threads.
}

void TextCorpus::add(std::string text, bool fitted) {
  pending_bytes_ += text.size();
  pending_.push_back({size_++, std::move(text), fitted});
  if (pending_bytes_ >= kBatchBytes) hand_over();
}

void TextCorpus::hand_over() {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::exchange(pending_, {}));
  pending_bytes_ = 0;
  changed_.notify_one();
}

void TextCorpus::finish() {
  hand_over();
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  for (auto& thread : threads_) shares_.push_back(thread.get());
  threads_.clear();
}

TextCorpus::Share TextCorpus::work() {
  Share share;
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !queue_.empty(); });
    if (queue_.empty()) return share;
    const auto batch = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    for (const auto& text : batch) share.add(text);
  }
}

void TextCorpus::Share::add(const Text& text) {
  begins.emplace_back(text.index, words.size());
  for_each_word(text.text, [&](std::string_view word) {
    auto found = numbers.find(word);
    if (found == numbers.end()) {
      found = numbers.emplace(word, static_cast<std::int32_t>(counts.size())).first;
      counts.push_back(0);
    }
    words.push_back(found->second);
    if (text.fitted) ++counts[static_cast<std::size_t>(found->second)];
  });
}

WordCounts TextCorpus::counts() const {
  WordCounts total;
  for (const auto& share : shares_)
    for (const auto& [word, number] : share.numbers)
      if (const auto count = share.counts[static_cast<std::size_t>(number)]; count > 0) total[word] += count;
  return total;
}

torch::Tensor TextCorpus::encode(const Vocabulary& vocabulary, std::span<const std::int64_t> order, std::int64_t length,
                                 Side side) const {
  std::vector<std::int64_t> row_of(static_cast<std::size_t>(size_), -1);
  for (std::size_t row = 0; row < order.size(); ++row)
    row_of[static_cast<std::size_t>(order[row])] = static_cast<std::int64_t>(row);

  auto rows = torch::empty({static_cast<std::int64_t>(order.size()), length}, torch::kInt32);
  const auto width = static_cast<std::size_t>(length);
  std::vector<std::int32_t> ids;
  for (const auto& share : shares_) {
    std::vector<std::int32_t> id_of(share.numbers.size());
    for (const auto& [word, number] : share.numbers) id_of[static_cast<std::size_t>(number)] = vocabulary.id(word);
    for (std::size_t i = 0; i < share.begins.size(); ++i) {
      const auto [index, begin] = share.begins[i];
      const auto end = i + 1 < share.begins.size() ? share.begins[i + 1].second : share.words.size();
      const auto row = row_of[static_cast<std::size_t>(index)];
      if (row < 0) continue;
      ids.clear();
      for (std::size_t k = begin; k < end; ++k) ids.push_back(id_of[static_cast<std::size_t>(share.words[k])]);
      place_ids(ids, side, {rows.mutable_data_ptr<std::int32_t>() + row * length, width});
    }
  }
  return rows;
}

}  // namespace vib
