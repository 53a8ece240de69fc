#include "vib/serve/answers.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "vib/core/units.h"

namespace vib {
namespace {

using Kind = PredictedColumn::Kind;

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Answers::Answers(const Predictor& predictor, const DataDescription& data, bool codes)
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

void Answers::add(std::string name, Kind kind) { columns_.push_back({std::move(name), kind, 7, {}, {}}); }

void Answers::add_values() {
  constexpr int kDigits = 12;  // in a unit of the user's a large number's last ones may count
  const bool deviations = predictor_.model()->likelihood().variance(torch::zeros({1, 2})).defined();
  for (std::int64_t i = 0; i < data_.values; ++i)
    for (const auto* what : {"mean:", "sd:"})
      if (what[0] == 'm' || deviations)
        columns_.push_back({what + data_.target_name(i), Kind::kNumber, kDigits, {}, {}});
}

void Answers::add_codes() {
  const auto latent = predictor_.model()->latent();
  for (std::int64_t i = 0; i < latent; ++i) add(fmt::format("mu_{}", i));
  if (predictor_.model()->deterministic()) return;
  for (std::int64_t i = 0; i < latent; ++i) add(fmt::format("sigma_{}", i));
  if (predictor_.model()->bottleneck->options.covariance() == Covariance::kDiagonal) return;
  for (std::int64_t i = 1; i < latent; ++i)
    for (std::int64_t j = 0; j < i; ++j) add(fmt::format("rho_{}_{}", i, j));
}

void Answers::add_batch(const Prediction& p, const torch::Tensor& inputs, const std::vector<std::string>& reasons,
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

void Answers::add_refused(const std::vector<std::string>& reasons, std::size_t& at) {
  for (; at < reasons.size() && !reasons[at].empty(); ++at, ++refused_) {
    begin_row();
    columns_.back().words.back() = reasons[at];
  }
}

void Answers::flush(PredictionWriter& writer) {
  writer.write(columns_);
  for (auto& column : columns_) {
    column.numbers.clear();
    column.words.clear();
  }
}

/// A new one with nothing in it but its index.
void Answers::begin_row() {
  for (auto& column : columns_) {
    if (column.kind == Kind::kWord)
      column.words.emplace_back();
    else
      column.numbers.push_back(kNoNumber);
  }
  columns_.front().numbers.back() = static_cast<double>(rows_++);
}

void Answers::put(PredictedColumn& column, double x) const {
  if (column.kind == Kind::kWord)
    column.words.back() = data_.class_name(static_cast<std::int64_t>(x));
  else
    column.numbers.back() = x;
}

/// `[B, columns]`, float64: those behind the index, a class by its number.
torch::Tensor Answers::numbers_of(const Prediction& p, const torch::Tensor& inputs) const {
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
    if (codes.correlation.defined()) {
      const auto below =
          at::tril_indices(codes.mean.size(1), codes.mean.size(1), -1, codes.mean.options().dtype(torch::kInt64));
      put_in(codes.correlation.index({torch::indexing::Slice(), below[0], below[1]}));
    }
  }
  return at::cat(parts, 1);
}

}  // namespace vib
