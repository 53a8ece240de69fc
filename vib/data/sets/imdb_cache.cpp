#include "vib/data/sets/imdb_cache.h"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/tensor_file.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

/// Of the file and of the tokeniser: one more whenever either changes.
constexpr int kVersion = 1;

fs::path default_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && fs::path(cache).is_absolute()) return fs::path(cache) / "vib";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? fs::path(home) / ".cache" / "vib" : fs::path();
}

/// FNV-1a: the same on every machine, unlike std::hash.
std::uint64_t hash(const std::string& text) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const unsigned char byte : text) value = (value ^ byte) * 0x100000001b3;
  return value;
}

torch::Tensor as_bytes(const std::string& text) {
  auto bytes = torch::empty({static_cast<std::int64_t>(text.size())}, torch::kUInt8);
  std::memcpy(bytes.mutable_data_ptr(), text.data(), text.size());
  return bytes;
}

std::string as_text(const torch::Tensor& bytes) {
  return {static_cast<const char*>(bytes.const_data_ptr()), bytes.nbytes()};
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

bool lie_within(const torch::Tensor& numbers, std::int64_t end) {
  return numbers.numel() > 0 && numbers.min().item<std::int64_t>() >= 0 && numbers.max().item<std::int64_t>() < end;
}

/// Checksums tell that the file is as it was written, not what wrote it.
bool go_together(const ImdbTokens& tokens, std::int64_t length) {
  const auto examples = tokens.targets.numel();
  return tokens.inputs.sizes() == torch::IntArrayRef({examples, length}) &&
         tokens.targets.sizes() == torch::IntArrayRef({examples}) && tokens.targets.scalar_type() == torch::kInt64 &&
         tokens.train > 0 && tokens.train < examples && lie_within(tokens.targets, ImdbTokens::kClasses) &&
         lie_within(tokens.inputs, tokens.vocabulary.size());
}

}  // namespace

ImdbCache::ImdbCache(const fs::path& path, const ImdbOptions& options) : length_(options.length()) {
  std::error_code error;
  const auto folder = options.cache_folder().empty() ? default_folder() : options.cache_folder();
  if (!options.cache() || folder.empty() || !fs::is_regular_file(path, error)) return;
  const auto place = fs::canonical(path, error);
  const auto size = fs::file_size(path, error);
  const auto changed = fs::last_write_time(path, error).time_since_epoch().count();
  if (error) return;
  const auto name = fmt::format("{}\n{} {} {} {}", place.string(), options.vocabulary(), options.length(),
                                options.side() == Side::kFront ? "front" : "back", options.expect());
  file_ = folder / fmt::format("imdb-{:016x}.pt", hash(name));
  key_ = fmt::format("{}\n{} {} {}", name, kVersion, size, changed);
}

std::optional<ImdbTokens> ImdbCache::load() const {
  std::error_code error;
  if (file_.empty() || !fs::exists(file_, error)) return std::nullopt;
  try {
    const auto kept = load_tensors(file_);
    if (as_text(kept["key"]) != key_) return std::nullopt;
    ImdbTokens tokens{.inputs = kept["inputs"].to(torch::kInt32),
                      .targets = kept["targets"],
                      .train = kept["train"].item<std::int64_t>(),
                      .vocabulary = Vocabulary(split_lines(as_text(kept["words"])))};
    if (!go_together(tokens, length_)) return std::nullopt;
    return tokens;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void ImdbCache::save(const ImdbTokens& tokens) const {
  if (file_.empty()) return;
  // Half the bytes to read the next time.
  const bool small = tokens.vocabulary.size() <= std::numeric_limits<std::int16_t>::max();
  TensorMap kept;
  kept.insert("key", as_bytes(key_));
  kept.insert("inputs", small ? tokens.inputs.to(torch::kInt16) : tokens.inputs);
  kept.insert("targets", tokens.targets);
  kept.insert("train", torch::scalar_tensor(tokens.train, torch::kInt64));
  kept.insert("words", as_bytes(fmt::format("{}", fmt::join(tokens.vocabulary.words(), "\n"))));
  try {
    fs::create_directories(file_.parent_path());
    save_tensors(file_, kept);
  } catch (const std::exception&) {
    // A full disk, a folder of another user: the next run tokenises again.
  }
}

}  // namespace vib
