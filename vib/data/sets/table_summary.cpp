#include "vib/data/sets/table_summary.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vib {
namespace {

constexpr std::size_t kMostListed = 6;
// Fewer rows tell nothing of a column.
constexpr std::int64_t kFewRows = 20;
// What of a column's values is meant by "nearly all".
constexpr double kNearlyAll = 0.9;

using Counts = std::unordered_map<std::string_view, std::int64_t>;

bool is_one_of(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// `3,14`, `1,234.5`, `12 %`: a number, but not as it must be written.
bool is_written_otherwise(std::string_view value) {
  if (value.ends_with('%')) value = cell_value(value.substr(0, value.size() - 1), {});
  std::string plain(value);
  std::erase(plain, ',');
  double number = 0;
  return !value.starts_with(',') && !value.ends_with(',') && parse_number(plain, number);
}

/// What spellings of one thing have in common: letters whatever their case, without spaces; a number's value.
std::string folded(std::string_view value) {
  if (double number = 0; parse_number(value, number)) return fmt::format("{}", number);
  std::string text;
  for (const char c : value)
    if (c != ' ') text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// `"yes" (20), "Yes" (3)`: values that look like spellings of one thing, and how often each occurs; empty where there
/// are none. Of several such things, the first.
std::string spellings(const Counts& counts) {
  std::map<std::string, std::vector<std::string_view>> by_meaning;
  for (const auto& [value, count] : counts) by_meaning[folded(value)].push_back(value);
  for (auto& [meaning, values] : by_meaning) {
    if (values.size() < 2) continue;
    std::ranges::sort(values);
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < std::min(values.size(), kMostListed); ++i)
      shown.push_back(fmt::format("\"{}\" ({})", values[i], counts.at(values[i])));
    return fmt::format("{}{}", fmt::join(shown, ", "), values.size() > kMostListed ? ", ..." : "");
  }
  return "";
}

/// One pass over the cells of a column.
struct ColumnScan {
  std::int64_t missing = 0, present = 0;
  std::int64_t numbers = 0, written_otherwise = 0;
  std::int64_t counted = 0;  // values of which the different ones were counted
  Counts distinct;
  std::int64_t not_a_number = -1;  // the first row of such a value
  double least = 0, most = 0, sum = 0, squares = 0, first = 0;
  bool whole = true, counts_rows = true;

  ColumnScan(const CsvFile& file, std::int64_t column, const std::vector<std::string>& missing_words) {
    for (std::int64_t row = 0; row < file.rows(); ++row) add(cell_value(file.cell(row, column), missing_words), row);
  }

  bool is_full() const { return static_cast<std::int64_t>(distinct.size()) >= kMostDistinct; }
  bool all_numbers() const { return numbers == present && present > 0; }
  bool nearly_all_differ() const {
    return counted >= kFewRows && static_cast<double>(distinct.size()) >= kNearlyAll * static_cast<double>(counted);
  }
  bool nearly_all(std::int64_t count) const {
    return count > 0 && static_cast<double>(count) >= kNearlyAll * static_cast<double>(present);
  }

 private:
  void add(std::string_view value, std::int64_t row) {
    if (value.empty()) {
      ++missing;
      return;
    }
    ++present;
    if (!is_full()) {
      ++counted;
      ++distinct[value];
    }
    double number = 0;
    if (parse_number(value, number)) {
      add(number);
    } else {
      if (not_a_number < 0) not_a_number = row;
      written_otherwise += is_written_otherwise(value) ? 1 : 0;
    }
  }

  void add(double number) {
    if (numbers == 0) least = most = first = number;
    counts_rows = counts_rows && number == first + static_cast<double>(numbers);
    whole = whole && number == std::floor(number);
    least = std::min(least, number);
    most = std::max(most, number);
    sum += number - first;
    squares += (number - first) * (number - first);
    ++numbers;
  }
};

/// What the columns of a table are, and what is strange about them.
class TableSummary {
 public:
  TableSummary(const CsvFile& file, const TableOptions& options, const TableEncoding* encoding)
      : file_(file), options_(options), encoding_(encoding) {
    if (encoding != nullptr)
      for (const auto& input : encoding->inputs) numeric_inputs_.emplace(input.name, input.numeric);
    result.parts = {{"all", file.rows()}};
    for (std::size_t i = 0; i < file.header().size(); ++i) add(static_cast<std::int64_t>(i));
  }

  DataSummary result;

 private:
  void add(std::int64_t column) {
    const auto& name = file_.header()[static_cast<std::size_t>(column)];
    const ColumnScan scan(file_, column, options_.missing_words());
    ColumnSummary summary{name, kind_of(name, scan)};
    summary.distinct = static_cast<std::int64_t>(scan.distinct.size());
    summary.missing = scan.missing;
    if (summary.kind == "classes") {
      summary.range = describe_classes(column, scan);
    } else if (summary.kind == "values") {
      summary.range = describe_values(scan);
    } else {
      summary.range = scan.all_numbers() ? range_text(scan.least, scan.most) : describe_categories(scan);
    }
    if (summary.kind == "number" || summary.kind == "category") warn(column, summary.kind == "number", scan);
    result.columns.push_back(std::move(summary));
  }

  std::string kind_of(const std::string& name, const ColumnScan& scan) const {
    const bool numeric = scan.all_numbers() && !is_one_of(options_.categorical(), name);
    if (is_one_of(options_.targets(), name)) {
      if (encoding_ != nullptr) return encoding_->classes.empty() ? "values" : "classes";
      return numeric && are_values(scan) ? "values" : "classes";
    }
    if (is_one_of(options_.ignore(), name)) return "ignored";
    if (!name.empty() && name == options_.group()) return "group";
    if (!name.empty() && name == options_.weight()) return "weight";
    if (encoding_ == nullptr) return numeric ? "number" : "category";
    const auto input = numeric_inputs_.find(name);
    return input == numeric_inputs_.end() ? "ignored" : input->second ? "number" : "category";
  }

  static bool are_values(const ColumnScan& scan) {
    return !scan.whole || look_like_values(static_cast<std::int64_t>(scan.distinct.size()), scan.counted);
  }

  std::string describe_classes(std::int64_t column, const ColumnScan& scan) {
    Counts counts;
    for (std::int64_t row = 0; row < file_.rows(); ++row)
      if (const auto value = cell_value(file_.cell(row, column), options_.missing_words()); !value.empty())
        ++counts[value];
    if (encoding_ != nullptr) result.classes = encoding_->classes;
    if (result.classes.empty())
      for (const auto& entry : counts) result.classes.emplace_back(entry.first);
    if (encoding_ == nullptr) std::ranges::sort(result.classes);
    for (const auto& name : result.classes) result.parts[0].class_counts.push_back(counts[name]);
    const auto& name = file_.header()[static_cast<std::size_t>(column)];
    if (scan.all_numbers() && are_values(scan))
      result.warnings.push_back(
          values_as_classes(fmt::format("the classes of \"{}\" are {} different numbers{}", name, counts.size(),
                                        scan.whole ? "" : ", not all of them whole")));
    if (const auto found = spellings(counts); !found.empty())
      result.warnings.push_back(
          {fmt::format("classes of \"{}\" look like spellings of one: {}; write it one way", name, found)});
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < std::min(result.classes.size(), kMostListed); ++i)
      shown.push_back(fmt::format("{} {}", result.classes[i], counts[result.classes[i]]));
    return fmt::format("{}{}", fmt::join(shown, ", "), result.classes.size() > kMostListed ? ", ..." : "");
  }

  static std::string describe_values(const ColumnScan& scan) {
    const auto n = static_cast<double>(std::max<std::int64_t>(scan.numbers, 1));
    const double mean = scan.sum / n;
    return fmt::format("{}, mean {:g}, deviation {:g}", range_text(scan.least, scan.most), scan.first + mean,
                       std::sqrt(std::max(0.0, scan.squares / n - mean * mean)));
  }

  static std::string describe_categories(const ColumnScan& scan) {
    std::vector<std::string_view> names;
    for (const auto& entry : scan.distinct) names.push_back(entry.first);
    const auto shown = std::min(names.size(), kMostListed);
    std::ranges::partial_sort(names, names.begin() + static_cast<std::ptrdiff_t>(shown));
    return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                       names.size() > shown ? ", ..." : "");
  }

  void warn(std::int64_t column, bool numeric, const ColumnScan& scan) {
    const auto& name = file_.header()[static_cast<std::size_t>(column)];
    const auto add = [&](const std::string& what, const char* option, const char* remedy, bool refused = false) {
      result.warnings.push_back(
          {fmt::format("column \"{}\" {}", name, what), option, fmt::format(": [\"{}\"] {}", name, remedy), refused});
    };
    const bool chosen = is_one_of(options_.categorical(), name);
    if (!chosen && scan.numbers < scan.present && scan.nearly_all(scan.numbers + scan.written_otherwise)) {
      add(not_all_numbers(column, scan), "categorical", "says that they are categories", /*refused=*/true);
    } else if (name.empty() || name.starts_with("Unnamed:")) {
      add("has no name: most likely the rows' numbers, written along with them", "ignore", "leaves it out");
    } else if (scan.distinct.size() == 1 && scan.missing == 0 && scan.present > 1) {
      add("has the same value in every row", "ignore", "leaves it out");
    } else if (numeric && scan.whole && scan.counts_rows && scan.numbers >= kFewRows) {
      add("counts the rows", "ignore", "leaves it out");
    } else if (numeric && !options_.standardize() && too_close_for_float32(scan.least, scan.most)) {
      result.warnings.push_back(
          numbers_too_close(fmt::format("column \"{}\"", name), scan.least, scan.most, "standardize"));
    } else if (numeric || chosen) {
      return;
    } else if (scan.nearly_all_differ()) {
      add("is a category of its own in nearly every row: a name of the row, which tells nothing of others", "ignore",
          "leaves it out");
    } else if (const auto found = spellings(scan.distinct); !found.empty()) {
      add(fmt::format("has categories that look like spellings of one: {}; write it one way", found), "categorical",
          "says that they differ");
    }
  }

  /// What is wrong with a column of numbers that are not all plainly written.
  std::string not_all_numbers(std::int64_t column, const ColumnScan& scan) const {
    const auto row = scan.not_a_number;
    const auto cell = fmt::format("\"{}\" in line {}", file_.cell(row, column), file_.line(row));
    if (scan.nearly_all(scan.numbers))
      return fmt::format(
          "holds numbers but for {} of {} cells, {} first: correct such cells, leave them empty, or list "
          "what they say in missing_words",
          scan.present - scan.numbers, scan.present, cell);
    return fmt::format(
        "holds numbers with decimal commas, thousands separators or percent signs, {} first: write them "
        "as 1234.5",
        cell);
  }

  const CsvFile& file_;
  const TableOptions& options_;
  const TableEncoding* encoding_;
  std::unordered_map<std::string_view, bool> numeric_inputs_;  // by name, whether each is a number
};

}  // namespace

DataSummary summarize_table(const CsvFile& file, const TableOptions& options, const TableEncoding* encoding) {
  return TableSummary(file, options, encoding).result;
}

}  // namespace vib
