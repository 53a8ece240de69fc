#include "vib/serve/predict.h"

#include <cmath>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/units.h"
#include "vib/data/format/idx.h"
#include "vib/data/format/image.h"
#include "vib/data/format/read_tensor.h"
#include "vib/data/sets/image_folders.h"
#include "vib/experiment/experiment.h"
#include "vib/serve/prediction_writer.h"
#include "vib/serve/predictor.h"
#include "vib/serve/served_runs.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

using Kind = PredictedColumn::Kind;

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kTextsAtOnce = 1000;

// --- What goes in: examples, some at a time
// ----------------------------------------------------------------------------

struct InputBlock {
  torch::Tensor inputs;              // of the rows that have an answer; undefined where none has
  std::vector<std::string> reasons;  // why a row has none, empty where it has one; no entries: all have
  double share = 0;                  // how much of the input was read
};

using NextBlock = std::function<std::optional<InputBlock>()>;

NextBlock all_at_once(const torch::Tensor& inputs) {
  return [inputs, given = false]() mutable -> std::optional<InputBlock> {
    if (std::exchange(given, true)) return std::nullopt;
    return InputBlock{inputs, {}, 1};
  };
}

/// An IDX file, an image, or the images of a folder in order of their names.
torch::Tensor images_at(const DataDescription& d, const fs::path& file) {
  if (d.shape.size() == 3 && (fs::is_directory(file) || is_image_name(file))) {
    const auto files = fs::is_directory(file) ? image_files(file) : std::vector{file};
    if (files.empty()) throw DataError(fmt::format("{}: holds no PNG or JPEG image", file.string()));
    return read_image_files(files, d.shape[0], d.shape[1], d.shape[2]);
  }
  const auto images = read_idx(file);
  return d.transposed && images.dim() > 2 ? images.transpose(-2, -1) : images;
}

/// A file, or standard input.
class TextSource {
 public:
  /// `expected`: what it should hold.
  TextSource(const std::string& input, const char* expected) : name_(input == "-" ? "standard input" : input) {
    if (input == "-") return;
    if (!fs::is_regular_file(input)) throw DataError(fmt::format("{}: no such file; expected {}", input, expected));
    file_ = std::make_unique<std::ifstream>(input, std::ios::binary);
    if (!*file_) throw DataError(fmt::format("{}: cannot be read", input));
    bytes_ = fs::file_size(input);
  }

  std::istream& stream() const { return file_ ? *file_ : std::cin; }
  const std::string& name() const { return name_; }
  double share(std::uint64_t read) const {
    return bytes_ == 0 ? 0 : static_cast<double>(read) / static_cast<double>(bytes_);
  }

 private:
  std::string name_;
  std::unique_ptr<std::ifstream> file_;
  std::uintmax_t bytes_ = 0;
};

NextBlock lines_of(const TextSource& source, const Predictor& predictor) {
  return [&, read = std::uint64_t{0}]() mutable -> std::optional<InputBlock> {
    std::vector<std::string> lines;
    for (std::string line; lines.size() < kTextsAtOnce && std::getline(source.stream(), line);) {
      read += line.size() + 1;
      lines.push_back(std::move(line));
    }
    if (lines.empty()) return std::nullopt;
    return InputBlock{predictor.encode(lines), {}, source.share(read)};
  };
}

NextBlock rows_of(const TextSource& source, const TableEncoding& table, PredictReport& report) {
  auto blocks = std::make_shared<CsvBlocks>(source.stream(), source.name(), table.separator);
  return [=, &source, &table, &report]() -> std::optional<InputBlock> {
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
    if (rows.numel() > 0) block.inputs = encode_inputs(table, *file, rows, &report.unknown);
    return block;
  };
}

// --- What comes out: columns
// ---------------------------------------------------------------------------------------------

/// What is told of each example, and how. The columns go by docs/predictions.md.
class Answers {
 public:
  Answers(const Predictor& predictor, const DataDescription& data, bool codes)
      : predictor_(predictor), data_(data), codes_(codes) {
    add("index", Kind::kWhole);
    if (data.reconstructs) {
      add("distortion_bits");
    } else if (data.classes > 0) {
      add("class", data.class_names.empty() ? Kind::kWhole : Kind::kWord);
      add("probability");
      for (std::int64_t i = 0; i < data.classes; ++i) add("p:" + data.class_name(i));
    } else if (predictor.model()->likelihood().counts_errors()) {
      for (std::int64_t i = 0; i < data.values; ++i) add("p:" + data.target_name(i));
    } else {
      add_values();
    }
    add("rate_bits");
    if (data.classes > 0) add("entropy_bits");
    if (codes) add_codes();
    if (!data.vocabulary.empty()) add("text", Kind::kWord);
    if (data.table.missing == Missing::drop && !data.table.inputs.empty()) add("reason", Kind::kWord);
  }

  /// A row for each of `inputs`, and before, between and behind them one for each that has a reason to have no answer.
  void add_batch(const Prediction& p, const torch::Tensor& inputs, const std::vector<std::string>& reasons,
                 std::size_t& at) {
    const auto numbers = numbers_of(p, inputs);
    const auto row = numbers.accessor<double, 2>();
    for (std::int64_t i = 0; i < numbers.size(0); ++i) {
      add_refused(reasons, at);
      ++at;
      begin_row();
      for (std::int64_t c = 0; c < numbers.size(1); ++c) put(columns_[static_cast<std::size_t>(c) + 1], row[i][c]);
      if (!data_.vocabulary.empty()) columns_.back().words.back() = predictor_.decode(inputs[i]);
    }
  }

  /// Those from `at` on, up to one that has an answer.
  void add_refused(const std::vector<std::string>& reasons, std::size_t& at) {
    for (; at < reasons.size() && !reasons[at].empty(); ++at, ++refused_) {
      begin_row();
      columns_.back().words.back() = reasons[at];
    }
  }

  /// Writes the rows that there are.
  void flush(PredictionWriter& writer) {
    writer.write(columns_);
    for (auto& column : columns_) {
      column.numbers.clear();
      column.words.clear();
    }
  }

  std::int64_t rows() const { return rows_; }
  std::int64_t refused() const { return refused_; }

 private:
  void add(std::string name, Kind kind = Kind::kNumber) { columns_.push_back({std::move(name), kind, 7, {}, {}}); }

  void add_values() {
    constexpr int kDigits = 12;  // in a unit of the user's a large number's last ones may count
    const bool deviations = predictor_.model()->likelihood().variance(torch::zeros({1, 2})).defined();
    for (std::int64_t i = 0; i < data_.values; ++i)
      for (const auto* what : {"mean:", "sd:"})
        if (what[0] == 'm' || deviations)
          columns_.push_back({what + data_.target_name(i), Kind::kNumber, kDigits, {}, {}});
  }

  void add_codes() {
    const auto latent = predictor_.model()->latent();
    for (std::int64_t i = 0; i < latent; ++i) add(fmt::format("mu_{}", i));
    if (predictor_.model()->deterministic()) return;
    for (std::int64_t i = 0; i < latent; ++i) add(fmt::format("sigma_{}", i));
  }

  /// A new one with nothing in it but its index.
  void begin_row() {
    for (auto& column : columns_) {
      if (column.kind == Kind::kWord)
        column.words.emplace_back();
      else
        column.numbers.push_back(kNoNumber);
    }
    columns_.front().numbers.back() = static_cast<double>(rows_++);
  }

  void put(PredictedColumn& column, double x) const {
    if (column.kind == Kind::kWord)
      column.words.back() = data_.class_name(static_cast<std::int64_t>(x));
    else
      column.numbers.back() = x;
  }

  /// `[B, columns]`, float64: those behind the index, a class by its number.
  torch::Tensor numbers_of(const Prediction& p, const torch::Tensor& inputs) const {
    std::vector<torch::Tensor> parts;
    const auto put_in = [&](const torch::Tensor& part) {
      parts.push_back((part.dim() == 1 ? part.unsqueeze(1) : part).to(torch::kCPU, torch::kFloat64));
    };
    if (data_.reconstructs) {
      put_in(to_bits(1.0) * p.distortion);
    } else if (data_.classes > 0) {
      const auto [best, label] = p.mean.max(-1);
      put_in(label);
      put_in(best);
      put_in(p.mean);
    } else if (p.variance.defined()) {
      put_in(at::stack({p.mean, p.variance.sqrt()}, 2).flatten(1));  // by turns
    } else {
      put_in(p.mean);
    }
    put_in(predictor_.model()->deterministic() ? at::full_like(p.rate, kNoNumber) : to_bits(1.0) * p.rate);
    if (data_.classes > 0) put_in(to_bits(1.0) * torch::special_entr(p.mean).sum(-1));
    if (codes_) {
      const auto codes = predictor_.codes(inputs);
      put_in(codes.mean);
      if (codes.stddev.defined()) put_in(codes.stddev);
    }
    return at::cat(parts, 1);
  }

  const Predictor& predictor_;
  const DataDescription& data_;
  bool codes_;
  std::vector<PredictedColumn> columns_;
  std::int64_t rows_ = 0;
  std::int64_t refused_ = 0;
};

/// A run, or the runs of a sweep, as they were trained: their device, their threads.
struct Served {
  Predictor predictor;
  DataDescription data;
  std::vector<std::string> diverged;
};

Served load_served(const fs::path& run, const PredictOptions& options) {
  const auto served = find_runs(run, options.setting);
  const auto& first = served.runs.front();
  const auto config = run_config(first);
  set_up_compute(config);
  auto data = run_data(first);
  if (options.temperature && data.classes == 0)
    throw ConfigError(
        fmt::format("--temperature: {} does not predict classes, and has no probabilities to scale", run.string()));
  Predictor predictor(run, PredictorOptions()
                               .device(config.device)
                               .samples(options.draws)
                               .setting(options.setting)
                               .temperature(options.temperature));
  set_up_threads(config, data, predictor.model());
  return {std::move(predictor), std::move(data), served.diverged};
}

// `source` names the inputs in messages.
void predict_all(const Served& served, const NextBlock& next, const std::string& source, const PredictOptions& options,
                 const ByteSink& sink, PredictReport& report) {
  const auto& [predictor, data, diverged] = served;
  report.diverged = diverged;
  if (options.codes && predictor.members() > 1)
    throw ConfigError("--codes: each run of a sweep has a code of its own; give one of them, SWEEP/runs/NAME");
  const auto writer = make_prediction_writer(options.format, sink);
  Answers answers(predictor, data, options.codes);
  double read = 0;  // before the block
  while (const auto block = next()) {
    std::size_t at = 0;
    std::int64_t begin = 0;
    const auto take = [&](const Prediction& p) {
      const auto end = begin + p.mean.size(0);
      answers.add_batch(p, block->inputs.slice(0, std::exchange(begin, end), end), block->reasons, at);
      answers.flush(*writer);
      const auto share = static_cast<double>(end) / static_cast<double>(block->inputs.size(0));
      if (options.on_rows) options.on_rows(answers.rows(), read + (block->share - read) * share);
    };
    try {
      if (block->inputs.defined()) predictor.predict(block->inputs, take);
    } catch (const DataError& e) {
      throw DataError(fmt::format("{}: {}", source, e.what()));
    }
    answers.add_refused(block->reasons, at);
    answers.flush(*writer);
    read = block->share;
  }
  writer->finish();
  report.rows = answers.rows();
  report.refused = answers.refused();
}

}  // namespace

PredictReport predict_file(const fs::path& run, const std::string& input, const PredictOptions& options,
                           const ByteSink& sink) {
  const auto served = load_served(run, options);
  const auto& d = served.data;
  PredictReport report;
  const auto from = [&](const NextBlock& next, const std::string& name) {
    predict_all(served, next, name, options, sink, report);
    return report;
  };
  const bool texts = !d.vocabulary.empty();
  if (texts || !d.table.inputs.empty()) {
    const auto* expected = texts ? "a text on each line, or give --text" : "a table: a CSV file with a header";
    const TextSource source(input, expected);
    from(texts ? lines_of(source, served.predictor) : rows_of(source, d.table, report), source.name());
    if (report.rows == 0) throw DataError(fmt::format("{}: is empty; expected {}", source.name(), expected));
    return report;
  }
  if (input == "-")
    throw ConfigError(
        "-: standard input takes a table or texts, and this run was trained on tensors or images; give a "
        "file");
  return from(all_at_once(names_tensor(input) ? read_tensor(input) : images_at(d, input)), input);
}

PredictReport predict_texts(const fs::path& run, const std::vector<std::string>& texts, const PredictOptions& options,
                            const ByteSink& sink) {
  const auto served = load_served(run, options);
  PredictReport report;
  predict_all(served, all_at_once(served.predictor.encode(texts)), "--text", options, sink, report);
  return report;
}

}  // namespace vib
