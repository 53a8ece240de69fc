#include "vib/data/sets/table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/data/sets/table_summary.h"
#include "vib/data/standardization.h"

namespace vib {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

void check_options(const TableOptions& options, const CsvFile& file) {
  const auto& targets = options.targets();
  const bool none = options.target_kind() == TargetKind::none;
  if (none != targets.empty() || (options.target_kind() == TargetKind::classes && targets.size() != 1)) {
    throw DataError(fmt::format("{}: expected {} to predict, found {}", file.path().string(),
                                none              ? "no column"
                                : targets.empty() ? "the name of a column"
                                                  : "one column of classes",
                                targets.size()));
  }
  for (const auto* names : {&targets, &options.numeric(), &options.categorical(), &options.ignore()}) {
    for (const auto& name : *names) column_of(file, name);
  }
  for (const auto* name : {&options.group(), &options.weight()})
    if (!name->empty()) column_of(file, *name);
  for (const auto& name : options.numeric()) {
    if (contains(options.categorical(), name)) {
      throw DataError(
          fmt::format("{}: the column \"{}\" cannot be numeric and categorical", file.path().string(), name));
    }
  }
  if (!(options.test_share() >= 0 && options.test_share() < 1)) {
    throw DataError(fmt::format("{}: the share of rows for test must be at least 0 and below 1, found {}",
                                file.path().string(), options.test_share()));
  }
}

/// The columns that are neither predicted nor ignored nor for something else.
std::vector<std::string> input_columns(const TableOptions& options, const CsvFile& file) {
  std::vector<std::string> names;
  std::vector<std::string> others = options.targets();
  others.insert(others.end(), options.ignore().begin(), options.ignore().end());
  for (const auto* name : {&options.group(), &options.weight()})
    if (!name->empty()) others.push_back(*name);
  for (const auto& name : file.header())
    if (!contains(others, name)) names.push_back(name);
  if (names.empty()) throw DataError(fmt::format("{}: no column is left to predict from", file.path().string()));
  return names;
}

std::vector<std::int64_t> columns_of(const CsvFile& file, const std::vector<std::string>& names) {
  std::vector<std::int64_t> columns;
  for (const auto& name : names) columns.push_back(column_of(file, name));
  return columns;
}

[[noreturn]] void refuse_empty_column(const CsvFile& file, const std::string& name, const char* rows) {
  throw DataError(fmt::format("{}: column \"{}\": no {} has a value; fill it in, or train with ignore: [\"{}\"]",
                              file.path().string(), name, rows, name));
}

/// `inputs`: those by which rows were left out.
[[noreturn]] void refuse_no_rows(const CsvFile& file, const std::vector<std::int64_t>& inputs,
                                 const std::vector<std::string>& missing_words) {
  if (file.rows() == 0)
    throw DataError(
        fmt::format("{}: the line that names the columns is all there is: no row follows", file.path().string()));
  for (const auto column : inputs) {
    std::int64_t row = 0;
    while (row < file.rows() && cell_value(file.cell(row, column), missing_words).empty()) ++row;
    if (row == file.rows()) refuse_empty_column(file, file.header()[static_cast<std::size_t>(column)], "row");
  }
  throw DataError(fmt::format("{}: every row lacks {}, so that none is left{}", file.path().string(),
                              inputs.empty() ? "a target" : "an input or a target",
                              inputs.empty() ? "" : "; missing: mean fills inputs in"));
}

/// The rows of `file` that are used: all, or those without a missing value.
torch::Tensor used_rows(const CsvFile& file, const std::vector<std::string>& inputs, const TableEncoding& encoding) {
  std::vector<std::int64_t> input_positions, target_positions;
  if (encoding.missing == Missing::drop) input_positions = columns_of(file, inputs);
  if (encoding.missing == Missing::drop || encoding.drop_missing_targets)
    target_positions = columns_of(file, encoding.targets);
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < file.rows(); ++row) {
    const auto missing = [&](std::int64_t column) {
      return cell_value(file.cell(row, column), encoding.missing_words).empty();
    };
    if (std::ranges::none_of(input_positions, missing) && std::ranges::none_of(target_positions, missing))
      rows.push_back(row);
  }
  if (rows.empty()) refuse_no_rows(file, input_positions, encoding.missing_words);
  return torch::tensor(rows, torch::kInt64);
}

std::vector<std::string> names_of(const std::vector<ColumnEncoding>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

/// The classes that occur in `rows`.
std::vector<std::string> find_classes(const TableOptions& options, const CsvFile& file, const torch::Tensor& rows) {
  if (options.target_kind() != TargetKind::classes) return {};
  const auto column = column_of(file, options.targets().front());
  std::set<std::string, std::less<>> names;
  bool all_numbers = true;
  double number = 0;
  for (const auto row : std::vector<std::int64_t>(rows.const_data_ptr<std::int64_t>(),
                                                  rows.const_data_ptr<std::int64_t>() + rows.numel())) {
    const auto value = cell_value(file.cell(row, column), options.missing_words());
    if (value.empty()) refuse_missing_target(file, row, column);
    if (names.contains(value)) continue;
    names.emplace(value);
    all_numbers = all_numbers && parse_number(value, number);
  }
  std::vector<std::string> classes(names.begin(), names.end());
  if (all_numbers) {
    std::ranges::stable_sort(classes, {}, [](const std::string& name) {
      double value = 0;
      parse_number(name, value);
      return value;
    });
  }
  return classes;
}

/// What the training rows hold of one column: numbers and their moments, or categories.
class ColumnFit {
 public:
  ColumnFit(const CsvFile& file, std::int64_t column, const torch::Tensor& rows, const TableOptions& options)
      : file_(file), options_(options), column_(column) {
    const auto* row = rows.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < rows.numel(); ++i) add(row[i]);
  }

  ColumnEncoding encoding() const {
    ColumnEncoding result;
    result.name = file_.header()[static_cast<std::size_t>(column_)];
    if (numbers_.empty() && not_a_number_ < 0) refuse_empty_column(file_, result.name, "training row");
    result.numeric = contains(options_.numeric(), result.name) ||
                     (not_a_number_ < 0 && !contains(options_.categorical(), result.name));
    if (result.numeric) {
      fit_numbers(result, options_.standardize());
    } else {
      result.categories = categories(options_.missing());
    }
    return result;
  }

 private:
  void add(std::int64_t row) {
    const auto value = cell_value(file_.cell(row, column_), options_.missing_words());
    double number = 0;
    values_.push_back(value);
    if (value.empty()) return;
    if (parse_number(value, number)) {
      numbers_.push_back(number);
    } else if (not_a_number_ < 0) {
      not_a_number_ = row;
    }
  }

  void fit_numbers(ColumnEncoding& result, bool standardize) const {
    if (not_a_number_ >= 0) {
      refuse_cell(file_, not_a_number_, column_,
                  fmt::format("expected a finite number, found \"{}\": the column was named numeric",
                              file_.cell(not_a_number_, column_)));
    }
    // Deviations from the first: those of a constant column are exactly 0.
    double sum = 0;
    for (const double number : numbers_) sum += number - numbers_.front();
    const double shift = sum / static_cast<double>(numbers_.size());
    result.fill = numbers_.front() + shift;
    if (!standardize) return;
    // A filled-in value is the mean, and adds to the count alone.
    double squares = 0;
    for (const double number : numbers_) squares += std::pow(number - numbers_.front() - shift, 2);
    const double deviation = std::sqrt(squares / static_cast<double>(values_.size()));
    result.mean = result.fill;
    result.scale = deviation > 0 ? deviation : 1;
  }

  std::vector<std::string> categories(Missing missing) const {
    std::set<std::string_view> names(values_.begin(), values_.end());
    if (missing != Missing::mean) names.erase(std::string_view());
    return {names.begin(), names.end()};
  }

  const CsvFile& file_;
  const TableOptions& options_;
  std::int64_t column_;
  std::vector<std::string_view> values_;
  std::vector<double> numbers_;
  std::int64_t not_a_number_ = -1;
};

void fit_inputs(TableEncoding& encoding, const TableOptions& options, const CsvFile& file, const torch::Tensor& train) {
  for (const auto& name : input_columns(options, file))
    encoding.inputs.push_back(ColumnFit(file, column_of(file, name), train, options).encoding());
}

/// What needs no fit.
TableEncoding named_columns(const TableOptions& options) {
  TableEncoding encoding;
  encoding.targets = options.targets();
  encoding.weight = options.weight();
  encoding.separator = separator_in(options.train(), options.separator());
  encoding.missing_words = options.missing_words();
  encoding.missing = options.missing();
  encoding.drop_missing_targets = options.drop_missing_targets();
  return encoding;
}

Dataset encode(const TableEncoding& encoding, const CsvFile& file, const torch::Tensor& rows, const std::string& name) {
  Dataset data;
  data.inputs = encode_inputs(encoding, file, rows);
  if (!encoding.targets.empty()) data.targets = encode_targets(encoding, file, rows);
  data.weights = encode_weights(encoding, file, rows);
  data.classes = static_cast<std::int64_t>(encoding.classes.size());
  data.name = name;
  return data;
}

/// The number of each row's group.
torch::Tensor group_of_rows(const CsvFile& file, const std::string& name, const torch::Tensor& rows,
                            const std::vector<std::string>& missing_words) {
  const auto column = column_of(file, name);
  std::map<std::string_view, std::int64_t> numbers;
  std::vector<std::int64_t> groups;
  const auto* row = rows.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < rows.numel(); ++i) {
    const auto value = cell_value(file.cell(row[i], column), missing_words);
    if (value.empty()) refuse_cell(file, row[i], column, "the group is missing; give the row one of its own");
    groups.push_back(numbers.emplace(value, static_cast<std::int64_t>(numbers.size())).first->second);
  }
  return torch::tensor(groups, torch::kInt64);
}

RowSplits split(const TableOptions& options, const CsvFile& file, const TableEncoding& encoding,
                const torch::Tensor& rows) {
  RowKinds kinds;
  if (!options.group().empty())
    kinds.groups = group_of_rows(file, options.group(), rows, encoding.missing_words);
  else if (!encoding.classes.empty())
    kinds.classes = encode_targets(encoding, file, rows);
  const auto test = options.test().empty() ? HoldOut(options.test_share()) : HoldOut(0);
  const auto parts = split_rows(rows.numel(), test, options.split(), kinds, options.train().string());
  return {rows.index_select(0, parts.train), rows.index_select(0, parts.validation), rows.index_select(0, parts.test)};
}

/// Fits `encoding` to the training part unless it has inputs already.
Table load(const TableOptions& options, TableEncoding encoding) {
  const auto file = read_csv(options.train(), options.separator());
  check_options(options, file);
  const auto rows = used_rows(file, input_columns(options, file), encoding);
  const bool fitted = !encoding.inputs.empty();
  if (!fitted) encoding.classes = find_classes(options, file, rows);
  const auto [train, validation, test] = split(options, file, encoding, rows);
  Table table;
  if (!fitted) {
    fit_inputs(encoding, options, file, train);
    table.summary = summarize_table(file, options, &encoding);
    refuse_mistakes(table.summary, options.train().string());
  }
  table.splits.train = encode(encoding, file, train, "csv/train");
  table.splits.validation = encode(encoding, file, validation, "csv/validation");
  table.splits.test =
      options.test().empty() ? encode(encoding, file, test, "csv/test") : read_table(options.test(), encoding);
  if (!fitted && options.target_kind() == TargetKind::values && options.standardize_targets())
    standardize_targets(table.splits);
  table.encoding = std::move(encoding);
  return table;
}

}  // namespace

Table load_table(const TableOptions& options) { return load(options, named_columns(options)); }

Table load_table(const TableOptions& options, TableEncoding encoding) { return load(options, std::move(encoding)); }

Dataset read_table(const std::filesystem::path& path, const TableEncoding& encoding) {
  const auto file = read_csv(path, encoding.separator);
  return encode(encoding, file, used_rows(file, names_of(encoding.inputs), encoding), "csv/test");
}

}  // namespace vib
