#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "vib/data/text/vocabulary.h"

namespace vib {

/// Texts tokenised in threads of their own while the caller still reads, each looked up in a hash table once: a
/// thread numbers words as it meets them, and the vocabulary fitted at the end renumbers these.
///
///     TextCorpus corpus;
///     for (...) corpus.add(text, /*fitted=*/true);
///     corpus.finish();
///     const auto vocabulary = Vocabulary::fit(corpus.counts(), 5000);
///     const auto rows = corpus.encode(vocabulary, order, 400, Side::kFront);
class TextCorpus {
 public:
  /// `threads` of 0: one less than the machine has, at least one and at most four.
  explicit TextCorpus(unsigned threads = 0);
  ~TextCorpus();
  TextCorpus(const TextCorpus&) = delete;
  TextCorpus& operator=(const TextCorpus&) = delete;

  /// Hands the next text over; texts count from 0. `fitted`: its words count in `counts()`.
  void add(std::string text, bool fitted);
  /// Waits until all is tokenised.
  void finish();

  /// How often words occur in the texts that were added as fitted.
  WordCounts counts() const;
  /// The rows `Vocabulary::encode` gives for the texts `order`: int32 `[order.size(), length]`.
  torch::Tensor encode(const Vocabulary& vocabulary, std::span<const std::int64_t> order, std::int64_t length,
                       Side side) const;

 private:
  struct Text {
    std::int64_t index;
    std::string text;
    bool fitted;
  };
  /// What one thread has seen: words by its own numbers, the fitted texts' counts, and texts one after the other.
  struct Share {
    std::unordered_map<std::string, std::int32_t, StringHash, std::equal_to<>> numbers;
    std::vector<std::int64_t> counts;
    std::vector<std::int32_t> words;
    std::vector<std::pair<std::int64_t, std::size_t>> begins;  // of the texts, by index
    void add(const Text& text);
  };

  Share work();
  void hand_over();

  std::int64_t size_ = 0;
  std::size_t pending_bytes_ = 0;
  std::vector<Text> pending_;
  std::deque<std::vector<Text>> queue_;
  bool closed_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::future<Share>> threads_;
  std::vector<Share> shares_;
};

}  // namespace vib
