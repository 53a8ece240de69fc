#include "vib/train/history.h"

#include <cmath>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "vib/train/state.h"

namespace vib {
namespace {

constexpr std::string_view kTrain = "train.", kValidation = "validation.", kValidationRaw = "validation_raw.";

void add(Numbers& row, std::string_view prefix, const Numbers& numbers) {
  for (const auto& [name, value] : numbers) row.set(std::string(prefix) + name, value);
}

void add(Numbers& row, std::string_view prefix, const std::optional<SplitMetrics>& metrics) {
  if (!metrics) return;
  row.set(std::string(prefix) + "examples", static_cast<double>(metrics->examples));
  row.set(std::string(prefix) + "samples", static_cast<double>(metrics->samples));
  add(row, prefix, metrics->numbers);
}

Numbers row_of(const EpochRecord& r) {
  Numbers row;
  row.set("epoch", static_cast<double>(r.epoch));
  row.set("step", static_cast<double>(r.step));
  row.set("seconds", r.seconds);
  row.set("replicas", static_cast<double>(r.replicas));
  row.set("beta", r.beta);
  row.set("learning_rate", r.learning_rate);
  add(row, kTrain, r.train);
  add(row, kValidation, r.validation);
  add(row, kValidationRaw, r.validation_raw);
  return row;
}

std::int64_t whole(const Numbers& row, std::string_view name) {
  constexpr double kMost = 1LL << 53;  // beyond, a double skips whole numbers
  const auto value = row[name];
  if (!(value >= 0 && value <= kMost && value == std::floor(value)))
    throw Error(fmt::format("{} is {}, and must be a whole number from 0 on", name, value));
  return static_cast<std::int64_t>(value);
}

Numbers part_of(const Numbers& row, std::string_view prefix) {
  Numbers part;
  for (const auto& [name, value] : row)
    if (name.starts_with(prefix)) part.set(name.substr(prefix.size()), value);
  return part;
}

std::optional<SplitMetrics> split_of(const Numbers& row, std::string_view prefix) {
  const auto part = part_of(row, prefix);
  if (part.empty()) return std::nullopt;
  SplitMetrics metrics{whole(part, "examples"), whole(part, "samples"), {}};
  for (const auto& [name, value] : part)
    if (name != "examples" && name != "samples") metrics.numbers.set(name, value);
  return metrics;
}

EpochRecord record_of(const Numbers& row) {
  EpochRecord r;
  r.epoch = whole(row, "epoch");
  r.step = whole(row, "step");
  r.seconds = row["seconds"];
  r.replicas = whole(row, "replicas");
  r.beta = row["beta"];
  r.learning_rate = row["learning_rate"];
  r.train = part_of(row, kTrain);
  r.validation = split_of(row, kValidation);
  r.validation_raw = split_of(row, kValidationRaw);
  return r;
}

}  // namespace

// A table: the columns' names, the numbers, and which of them are there, since NaN is a number that may be.
TensorMap pack_history(const History& history) {
  std::vector<Numbers> rows;
  std::vector<std::string> names;
  std::map<std::string, std::int64_t, std::less<>> column;
  for (const auto& record : history) {
    rows.push_back(row_of(record));
    for (const auto& [name, value] : rows.back())
      if (column.emplace(name, static_cast<std::int64_t>(names.size())).second) names.push_back(name);
  }
  const auto shape = {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(names.size())};
  const auto values = torch::zeros(shape, torch::kFloat64);
  const auto present = torch::zeros(shape, torch::kBool);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const auto& [name, value] : rows[i]) {
      const auto at = static_cast<std::int64_t>(i * names.size()) + column[name];
      values.mutable_data_ptr<double>()[at] = value;
      present.mutable_data_ptr<bool>()[at] = true;
    }
  }
  std::string text;
  for (const auto& name : names) text += name + '\n';
  TensorMap packed;
  packed.insert("names", text_tensor(text));
  packed.insert("values", values);
  packed.insert("present", present);
  return packed;
}

History unpack_history(const TensorMap& packed, const std::string& source) {
  const auto names = lines_of(required_text(packed, "names", source));
  const auto& table = required(packed, "values", source);
  const auto rows = table.dim() == 2 ? table.size(0) : 0;
  const auto shape = {rows, static_cast<std::int64_t>(names.size())};
  const auto values = required(packed, "values", torch::empty(shape, torch::kFloat64), source).contiguous();
  const auto present = required(packed, "present", torch::empty(shape, torch::kBool), source).contiguous();
  const auto columns = static_cast<std::int64_t>(names.size());
  History history;
  for (std::int64_t i = 0; i < values.size(0); ++i) {
    Numbers row;
    for (std::int64_t j = 0; j < columns; ++j)
      if (present.const_data_ptr<bool>()[i * columns + j])
        row.set(names[j], values.const_data_ptr<double>()[i * columns + j]);
    try {
      history.push_back(record_of(row));
    } catch (const Error& e) {
      throw StateError(source + ": its history is damaged: " + e.what());
    }
  }
  return history;
}

}  // namespace vib
