#include "vib/data/sets/table_encoding.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <system_error>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/core/utf8.h"

namespace vib {
namespace {

constexpr std::size_t kMostClassesListed = 6;

/// The cell is missing because it is empty, or because of what it says.
std::string missing_text(const char* what, std::string_view cell) {
  const auto word = cell_value(cell, {});
  return word.empty() ? fmt::format("the {} is missing", what)
                      : fmt::format("the {} is missing: \"{}\" is one of missing_words", what, word);
}

[[noreturn]] void refuse_missing_input(const CsvFile& file, std::int64_t row, std::int64_t column) {
  refuse_cell(file, row, column,
              missing_text("value", file.cell(row, column)) +
                  "; fill it in, or set missing: drop (to leave such rows out) or mean (to fill it in)");
}

using Positions = std::unordered_map<std::string_view, std::int64_t>;

Positions positions(const std::vector<std::string>& names) {
  Positions result;
  for (const auto& name : names) result.emplace(name, static_cast<std::int64_t>(result.size()));
  return result;
}

double number_of(const CsvFile& file, std::int64_t row, std::int64_t column, std::string_view value) {
  double number = 0;
  if (!parse_number(value, number)) {
    refuse_cell(file, row, column,
                fmt::format("expected a finite number, found \"{}\": the column holds numbers in training; correct the "
                            "cell, or leave it empty",
                            value));
  }
  return number;
}

/// Calls `put(i, row, value)` for every row.
template <typename Put>
void for_each(const TableEncoding& encoding, const CsvFile& file, std::int64_t column, const torch::Tensor& rows,
              const Put& put) {
  const auto* row = rows.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < rows.numel(); ++i)
    put(i, row[i], cell_value(file.cell(row[i], column), encoding.missing_words));
}

/// The columns of `out` that `input` takes.
void encode_column(const TableEncoding& encoding, const ColumnEncoding& input, const CsvFile& file,
                   const torch::Tensor& rows, torch::Tensor out, std::map<std::string, UnknownCategories>* unknown) {
  const auto column = column_of(file, input.name);
  const auto category = positions(input.categories);
  auto to = out.accessor<float, 2>();
  for_each(encoding, file, column, rows, [&](std::int64_t i, std::int64_t row, std::string_view value) {
    if (value.empty() && encoding.missing != Missing::mean) refuse_missing_input(file, row, column);
    if (input.numeric) {
      const double number = value.empty() ? input.fill : number_of(file, row, column, value);
      to[i][0] = static_cast<float>((number - input.mean) / input.scale);
    } else if (const auto found = category.find(value); found != category.end()) {
      to[i][found->second] = 1;
    } else if (unknown != nullptr) {
      auto& counted = (*unknown)[input.name];
      if (counted.rows++ == 0) counted.first = value;
    }
  });
}

torch::Tensor encode_classes(const TableEncoding& encoding, const CsvFile& file, const torch::Tensor& rows) {
  const auto column = column_of(file, encoding.targets.front());
  const auto known = positions(encoding.classes);
  auto targets = torch::empty({rows.numel()}, torch::kInt64);
  auto* to = targets.mutable_data_ptr<std::int64_t>();
  for_each(encoding, file, column, rows, [&](std::int64_t i, std::int64_t row, std::string_view value) {
    if (value.empty()) refuse_missing_target(file, row, column);
    const auto found = known.find(value);
    if (found == known.end()) {
      const auto& classes = encoding.classes;
      const auto shown = classes.begin() + static_cast<std::ptrdiff_t>(std::min(classes.size(), kMostClassesListed));
      refuse_cell(file, row, column,
                  fmt::format("the training file has no class \"{}\", but \"{}\"{}", value,
                              fmt::join(classes.begin(), shown, "\", \""), shown == classes.end() ? "" : ", ..."));
    }
    to[i] = found->second;
  });
  return targets;
}

torch::Tensor encode_values(const TableEncoding& encoding, const CsvFile& file, const torch::Tensor& rows) {
  auto targets = torch::empty({rows.numel(), static_cast<std::int64_t>(encoding.targets.size())}, torch::kFloat64);
  auto to = targets.accessor<double, 2>();
  for (std::size_t target = 0; target < encoding.targets.size(); ++target) {
    const auto column = column_of(file, encoding.targets[target]);
    for_each(encoding, file, column, rows, [&](std::int64_t i, std::int64_t row, std::string_view value) {
      if (value.empty()) refuse_missing_target(file, row, column);
      double number = 0;
      if (!parse_number(value, number)) {
        refuse_cell(file, row, column,
                    fmt::format("expected a finite number, found \"{}\"; for names set targets: classes", value));
      }
      to[i][static_cast<std::int64_t>(target)] = number;
    });
  }
  return targets;
}

}  // namespace

std::int64_t TableEncoding::width() const {
  std::int64_t width = 0;
  for (const auto& column : inputs) width += column.width();
  return width;
}

const std::vector<std::string>& usual_missing_words() {
  static const std::vector<std::string> words = {"NA",   "N/A",  "n/a",  "#N/A", "<NA>", "NaN", "nan",
                                                 "NULL", "Null", "null", "None", "-",    "?"};
  return words;
}

std::string_view cell_value(std::string_view cell, const std::vector<std::string>& missing_words) {
  constexpr std::string_view kSpaces = " \t";
  const auto begin = cell.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  const auto value = cell.substr(begin, cell.find_last_not_of(kSpaces) - begin + 1);
  return std::ranges::find(missing_words, value) != missing_words.end() ? std::string_view() : value;
}

bool parse_number(std::string_view value, double& number) {
  if (value.starts_with('+') && !value.starts_with("+-")) value.remove_prefix(1);
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  // Smaller than any double is as good as zero; larger is not a number to train on.
  if (error == std::errc::result_out_of_range && end == value.data() + value.size()) {
    number = std::strtod(std::string(value).c_str(), nullptr);
  } else if (error != std::errc() || end != value.data() + value.size()) {
    return false;
  }
  return std::abs(number) <= std::numeric_limits<float>::max();
}

void refuse_cell(const CsvFile& file, std::int64_t row, std::int64_t column, const std::string& reason) {
  throw DataError(fmt::format("{}:{}: column \"{}\": {}", file.path().string(), file.line(row),
                              file.header()[static_cast<std::size_t>(column)], on_one_line(reason)));
}

void refuse_missing_target(const CsvFile& file, std::int64_t row, std::int64_t column) {
  refuse_cell(file, row, column,
              missing_text("target", file.cell(row, column)) +
                  "; leave the row out, or set missing: drop or drop_missing_targets: true");
}

std::int64_t column_of(const CsvFile& file, const std::string& name) {
  const auto column = file.find(name);
  if (column < 0) {
    throw DataError(fmt::format("{}: has no column \"{}\"; its header names \"{}\"", file.path().string(), name,
                                fmt::join(file.header(), "\", \"")));
  }
  return column;
}

torch::Tensor encode_inputs(const TableEncoding& encoding, const CsvFile& file, const torch::Tensor& rows,
                            std::map<std::string, UnknownCategories>* unknown) {
  auto inputs = torch::zeros({rows.numel(), encoding.width()}, torch::kFloat32);
  std::int64_t at = 0;
  for (const auto& column : encoding.inputs) {
    encode_column(encoding, column, file, rows, inputs.narrow(1, at, column.width()), unknown);
    at += column.width();
  }
  return inputs;
}

std::vector<std::string> missing_inputs(const TableEncoding& encoding, const CsvFile& file) {
  std::vector<std::string> reasons(static_cast<std::size_t>(file.rows()));
  for (const auto& input : encoding.inputs) {
    const auto column = column_of(file, input.name);
    for (std::int64_t row = 0; row < file.rows(); ++row) {
      auto& reason = reasons[static_cast<std::size_t>(row)];
      if (reason.empty() && cell_value(file.cell(row, column), encoding.missing_words).empty())
        reason = fmt::format("column \"{}\": the value is missing", input.name);
    }
  }
  return reasons;
}

torch::Tensor encode_inputs(const TableEncoding& encoding, const std::filesystem::path& path) {
  const auto file = read_csv(path, encoding.separator);
  return encode_inputs(encoding, file, torch::arange(file.rows()));
}

torch::Tensor encode_targets(const TableEncoding& encoding, const CsvFile& file, const torch::Tensor& rows) {
  return encoding.classes.empty() ? encode_values(encoding, file, rows) : encode_classes(encoding, file, rows);
}

torch::Tensor encode_weights(const TableEncoding& encoding, const CsvFile& file, const torch::Tensor& rows) {
  if (encoding.weight.empty()) return {};
  const auto column = column_of(file, encoding.weight);
  auto weights = torch::empty({rows.numel()}, torch::kFloat32);
  auto* to = weights.mutable_data_ptr<float>();
  for_each(encoding, file, column, rows, [&](std::int64_t i, std::int64_t row, std::string_view value) {
    double number = 0;
    if (!parse_number(value, number) || number < 0)
      refuse_cell(file, row, column, fmt::format("expected a weight, a number from 0, found \"{}\"", value));
    to[i] = static_cast<float>(number);
  });
  return weights;
}

}  // namespace vib
