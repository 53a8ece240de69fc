#include "vib/sweep/results.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/atomic_file.h"
#include "vib/core/csv.h"
#include "vib/core/error.h"
#include "vib/core/json.h"
#include "vib/evaluate/metric_info.h"

namespace vib {
namespace {

using Fields = std::vector<std::string>;

constexpr const char* kWayOut = "the file is damaged; start the sweep again, it keeps the trials that have ended";

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw StateError(fmt::format("{}: {}: {}", where, what, kWayOut));
}

/// A record and the line it begins on.
struct Record {
  std::int64_t line;
  Fields fields;
};

std::vector<Record> parse_csv(std::string text, const std::string& file) try {
  std::vector<Record> records;
  CsvReader reader(text);
  for (std::vector<std::string_view> fields; reader.next(fields);)
    records.push_back({reader.line(), Fields(fields.begin(), fields.end())});
  return records;
} catch (const CsvError& e) {
  fail(fmt::format("{}:{}", file, e.line()), e.what());
}

/// A row, its fields by the names of their columns.
class Row {
 public:
  Row(const Fields& header, const Record& record, const std::string& file)
      : header_(header), fields_(record.fields), where_(fmt::format("{}:{}", file, record.line)) {
    if (fields_.size() != header.size()) {
      fail(where_, fmt::format("{} fields where the header has {}", fields_.size(), header.size()));
    }
  }

  /// Empty where there is no such column.
  std::string text(const std::string& column) const {
    const auto found = std::find(header_.begin(), header_.end(), column);
    return found == header_.end() ? "" : fields_[static_cast<std::size_t>(found - header_.begin())];
  }

  /// Nothing where there is no such column, or nothing in it.
  std::optional<double> number(const std::string& column) const {
    const std::string field = text(column);
    const auto value = number_in(field);
    if (!value && !field.empty()) fail(where_, fmt::format("{} is '{}', not a number", column, field));
    return value;
  }

  /// Whether the field holds `yes`, and not `no`.
  bool either(const std::string& column, const char* yes, const char* no) const {
    const std::string field = text(column);
    if (field != yes && field != no) fail(where_, fmt::format("{} is '{}', not {} or {}", column, field, yes, no));
    return field == yes;
  }

  SplitNumbers numbers(const std::string& split, const std::vector<MetricInfo>& metrics) const {
    SplitNumbers numbers;
    for (const MetricInfo& metric : metrics)
      if (const auto value = number(split + "_" + metric.key)) numbers.emplace(metric.key, *value);
    return numbers;
  }

 private:
  const Fields& header_;
  const Fields& fields_;
  std::string where_;
};

/// The columns before the first that is none of a swept key's: summary.json's, or where no trial has one yet, the run.
Fields swept_keys(const Fields& header, const std::string& file) {
  for (const char* column : {"run", "status"}) {
    if (std::find(header.begin(), header.end(), column) == header.end()) {
      fail(file + ":1", fmt::format("no column '{}'", column));
    }
  }
  const auto end = std::find_if(header.begin(), header.end(),
                                [](const std::string& column) { return column == "format" || column == "run"; });
  return {header.begin(), end};
}

/// The keys that give a setting other chances, not another setting; and what one of these is called.
constexpr std::pair<const char*, const char*> kRepeats[] = {
    {"seed", "seed"}, {"data.fold", "fold"}, {"data.split_seed", "split"}};

/// Takes them out of `keys`.
Fields take_repeats(Fields& keys, std::string& word) {
  Fields found;
  for (const auto& [key, name] : kRepeats) {
    if (std::erase(keys, key) == 0) continue;
    word = found.empty() ? name : "repeat";
    found.emplace_back(key);
  }
  return found;
}

SweepTrial trial_of(const Row& row, const Fields& keys, const Fields& repeats, const std::vector<MetricInfo>& metrics) {
  Fields repeat;
  for (const auto& key : repeats) repeat.push_back(row.text(key));
  SweepTrial trial{.settings = {},
                   .repeat = repeats.empty() ? row.text("seed") : fmt::format("{}", fmt::join(repeat, "/")),
                   .run = row.text("run"),
                   .diverged = row.either("status", "diverged", "finished"),
                   .test = row.numbers("test", metrics),
                   .validation = row.numbers("validation", metrics)};
  if (!trial.diverged) trial.deterministic = row.either("deterministic", "true", "false");
  for (const std::string& key : keys) trial.settings.push_back(row.text(key));
  return trial;
}

SweepEnsemble read_ensemble(const std::filesystem::path& file) {
  return read_json(file, kWayOut, [](const JsonEntry& json) {
    SweepEnsemble ensemble{json.at("runs").texts(), {}};
    for (const auto& [key, value] : json.at("test").json().items())
      if (value.is_number()) ensemble.test.emplace(key, value.get<double>());
    return ensemble;
  });
}

}  // namespace

double number_of(const SplitNumbers& numbers, const std::string& key) {
  const auto found = numbers.find(key);
  return found == numbers.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

bool has_number(const SweepResults& results, const std::string& key) {
  return std::ranges::any_of(results.trials,
                             [&](const SweepTrial& trial) { return std::isfinite(number_of(trial.test, key)); });
}

SweepResults parse_sweep(std::string_view csv, const std::string& file) {
  const std::vector<Record> records = parse_csv(std::string(csv), file);
  if (records.size() < 2) throw StateError(fmt::format("{}:1: empty: no trial of the sweep has ended yet", file));
  const Fields& header = records.front().fields;
  SweepResults results;
  results.keys = swept_keys(header, file);
  const auto repeats = take_repeats(results.keys, results.repeat);
  const auto metrics = metric_infos();
  for (std::size_t i = 1; i < records.size(); ++i) {
    results.trials.push_back(trial_of(Row(header, records[i], file), results.keys, repeats, metrics));
  }
  return results;
}

SweepResults read_sweep(const std::filesystem::path& sweep) {
  const auto file = sweep / "sweep.csv";
  auto results = parse_sweep(read_file(file), file.string());
  if (std::filesystem::exists(sweep / "ensemble.json")) results.ensemble = read_ensemble(sweep / "ensemble.json");
  return results;
}

std::optional<double> number_in(std::string_view field) {
  double value = 0;
  const char* end = field.data() + field.size();
  const auto [read_to, error] = std::from_chars(field.data(), end, value);
  return error == std::errc() && read_to == end && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace vib
