#include "vib/serve/input_blocks.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/data/format/csv.h"
#include "vib/data/text/text_lines.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTextsAtOnce = 1000;

}  // namespace

TextSource::TextSource(const std::string& input) : name_(input == "-" ? "standard input" : input) {
  if (input == "-") return;
  file_ = std::make_unique<std::ifstream>(input, std::ios::binary);
  if (!*file_) throw DataError(fmt::format("{}: cannot be read", input));
  bytes_ = fs::file_size(input);
}

std::istream& TextSource::stream() const { return file_ ? *file_ : std::cin; }

double TextSource::share(std::uint64_t read) const {
  return bytes_ == 0 ? 0 : static_cast<double>(read) / static_cast<double>(bytes_);
}

NextBlock all_at_once(const torch::Tensor& inputs) {
  return [inputs, given = false]() mutable -> std::optional<InputBlock> {
    if (std::exchange(given, true)) return std::nullopt;
    return InputBlock{inputs, {}, 1};
  };
}

NextBlock lines_of(const TextSource& source, const Predictor& predictor) {
  return [&, texts = TextLines(source.stream(), source.name())]() mutable -> std::optional<InputBlock> {
    const auto lines = texts.next(kTextsAtOnce);
    if (lines.empty()) return std::nullopt;
    return InputBlock{predictor.encode(lines), {}, source.share(texts.bytes())};
  };
}

NextBlock rows_of(const TextSource& source, const TableEncoding& table,
                  std::map<std::string, UnknownCategories>& unknown) {
  auto blocks = std::make_shared<CsvBlocks>(source.stream(), source.name(), table.separator);
  return [=, &source, &table, &unknown]() -> std::optional<InputBlock> {
    const auto file = blocks->next();
    if (!file) return std::nullopt;
    InputBlock block;
    block.share = source.share(blocks->bytes());
    auto rows = torch::arange(file->rows());
    if (table.missing == Missing::drop) {
      block.reasons = missing_inputs(table, *file);
      std::vector<std::int64_t> whole;
      for (std::size_t i = 0; i < block.reasons.size(); ++i)
        if (block.reasons[i].empty()) whole.push_back(static_cast<std::int64_t>(i));
      rows = torch::tensor(whole, torch::kInt64);
    }
    if (rows.numel() > 0) block.inputs = encode_inputs(table, *file, rows, &unknown);
    return block;
  };
}

}  // namespace vib
