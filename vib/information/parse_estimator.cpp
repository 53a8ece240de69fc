#include "vib/information/parse_estimator.h"

#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/information/binning.h"
#include "vib/information/kernel.h"

namespace vib {
namespace {

using Words = std::vector<std::string_view>;

Words words_of(std::string_view text) {
  Words words;
  while (true) {
    const auto colon = text.find(':');
    words.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return words;
    text.remove_prefix(colon + 1);
  }
}

[[noreturn]] void refuse_estimator(std::string_view text, const std::string& reason) {
  throw Error(
      fmt::format("no estimator \"{}\": {}; known are bins, bins:30, bins:30:-1:1, bins:100:observed, "
                  "adaptive:30, idnns:30 (each with :miller-madow, if wanted) and kernel:0.001",
                  text, reason));
}

template <typename Number>
Number number_of(std::string_view word, std::string_view text, const char* what) {
  Number number{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size())
    refuse_estimator(text, fmt::format("\"{}\" is no {}", word, what));
  return number;
}

BinningOptions binning_of(BinningRule rule, Words words, std::string_view text) {
  BinningOptions options(rule);
  if (words.back() == "miller-madow") {
    options.miller_madow(true);
    words.pop_back();
  }
  if (words.size() > 1) {
    options.bins(number_of<std::int64_t>(words[1], text, "whole number of cells"));
    if (options.bins() < 1) refuse_estimator(text, "there is at least one cell");
  }
  if (words.size() <= 2) return options;
  if (rule != BinningRule::equal) refuse_estimator(text, "its range is not to be chosen");
  if (words.size() == 3 && words[2] == "observed") return options.range(CellRange::observed);
  if (words.size() != 4) refuse_estimator(text, "a range is two numbers, low:high, or observed");
  return options.range(CellRange::given)
      .low(number_of<double>(words[2], text, "number"))
      .high(number_of<double>(words[3], text, "number"));
}

std::shared_ptr<const InformationEstimator> kernel_of(const Words& words, std::string_view text) {
  if (words.size() == 1) return std::make_shared<Kernel>();
  if (words.size() > 2) refuse_estimator(text, "a kernel has one number, the variance of its noise");
  return std::make_shared<Kernel>(number_of<double>(words[1], text, "variance"));
}

}  // namespace

std::shared_ptr<const InformationEstimator> parse_estimator(std::string_view text) {
  const auto words = words_of(text);
  const auto binning = [&](BinningRule rule) { return std::make_shared<Binning>(binning_of(rule, words, text)); };
  try {
    if (words[0] == "bins") return binning(BinningRule::equal);
    if (words[0] == "adaptive") return binning(BinningRule::adaptive);
    if (words[0] == "idnns") return binning(BinningRule::idnns);
    if (words[0] == "kernel") return kernel_of(words, text);
  } catch (const Error& error) {
    const std::string reason = error.what();
    if (reason.starts_with("no estimator")) throw;
    refuse_estimator(text, reason);
  }
  refuse_estimator(text, fmt::format("\"{}\" is none", words[0]));
}

}  // namespace vib
