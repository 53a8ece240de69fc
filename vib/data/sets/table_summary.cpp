#include "vib/data/sets/table_summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vib {
namespace {

constexpr std::size_t kMostListed = 6;
// Fewer rows tell nothing of a column.
constexpr std::int64_t kFewRows = 20;
// What of a column's values is meant by "nearly all".
constexpr double kNearlyAll = 0.9;

bool is_one_of(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// `3,14`
bool has_decimal_comma(std::string_view value) {
  if (value.starts_with('-') || value.starts_with('+')) value.remove_prefix(1);
  const auto comma = value.find(',');
  const auto digits = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return comma != std::string_view::npos && digits(value.substr(0, comma)) && digits(value.substr(comma + 1));
}

/// One pass over the cells of a column.
struct ColumnScan {
  std::int64_t missing = 0, present = 0;
  std::int64_t numbers = 0, commas = 0;
  std::int64_t counted = 0;  // values of which the different ones were counted
  std::unordered_set<std::string_view> distinct;
  std::int64_t not_a_number = -1;  // the first row of such a value
  double least = 0, most = 0, sum = 0, squares = 0, first = 0;
  bool whole = true, counts_rows = true;

  ColumnScan(const CsvFile& file, std::int64_t column) {
    for (std::int64_t row = 0; row < file.rows(); ++row) add(cell_value(file.cell(row, column)), row);
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
      distinct.insert(value);
    }
    double number = 0;
    if (parse_number(value, number)) {
      add(number);
    } else {
      if (not_a_number < 0) not_a_number = row;
      commas += has_decimal_comma(value) ? 1 : 0;
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
    for (std::size_t i = 0; i < file.header().size(); ++i) add(static_cast<std::int64_t>(i));
  }

  DataSummary result;

 private:
  void add(std::int64_t column) {
    const auto& name = file_.header()[static_cast<std::size_t>(column)];
    const ColumnScan scan(file_, column);
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
    if (summary.kind == "number" || summary.kind == "category") warn(name, summary.kind == "number", scan);
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
    std::map<std::string_view, std::int64_t> counts;
    for (std::int64_t row = 0; row < file_.rows(); ++row)
      if (const auto value = cell_value(file_.cell(row, column)); !value.empty()) ++counts[value];
    if (encoding_ != nullptr) result.classes = encoding_->classes;
    if (result.classes.empty())
      for (const auto& [value, count] : counts) result.classes.emplace_back(value);
    if (scan.all_numbers() && are_values(scan))
      result.warnings.push_back(values_as_classes(fmt::format(
          "the classes of \"{}\" are {} different numbers{}", file_.header()[static_cast<std::size_t>(column)],
          counts.size(), scan.whole ? "" : ", not all of them whole")));
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
    std::vector<std::string_view> names(scan.distinct.begin(), scan.distinct.end());
    const auto shown = std::min(names.size(), kMostListed);
    std::ranges::partial_sort(names, names.begin() + static_cast<std::ptrdiff_t>(shown));
    return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                       names.size() > shown ? ", ..." : "");
  }

  void warn(const std::string& name, bool numeric, const ColumnScan& scan) {
    const auto add = [&](const std::string& what, const char* option, const char* remedy) {
      result.warnings.push_back(
          {fmt::format("column \"{}\" {}", name, what), option, fmt::format(": [\"{}\"] {}", name, remedy)});
    };
    const auto cell = [&] {
      const auto row = scan.not_a_number;
      return fmt::format("\"{}\" in line {}", cell_value(file_.cell(row, file_.find(name))), file_.line(row));
    };
    const bool chosen = is_one_of(options_.categorical(), name);
    if (name.empty() || name.starts_with("Unnamed:")) {
      add("has no name: most likely the rows' numbers, written along with them", "ignore", "leaves it out");
    } else if (scan.distinct.size() == 1 && scan.missing == 0 && scan.present > 1) {
      add("has the same value in every row", "ignore", "leaves it out");
    } else if (numeric && scan.whole && scan.counts_rows && scan.numbers >= kFewRows) {
      add("counts the rows", "ignore", "leaves it out");
    } else if (numeric || chosen) {
      return;
    } else if (scan.nearly_all(scan.commas)) {
      add(fmt::format("has decimal commas ({}), so that each value is a category of its own: write points", cell()),
          "categorical", "says that they are categories");
    } else if (scan.nearly_all(scan.numbers) && scan.numbers < scan.present) {
      add(fmt::format("is taken for categories, since {} of {} cells are no numbers, {} first: correct them, or leave "
                      "them empty",
                      scan.present - scan.numbers, scan.present, cell()),
          "categorical", "says that they are categories");
    } else if (scan.nearly_all_differ()) {
      add("is a category of its own in nearly every row: a name of the row, which tells nothing of others", "ignore",
          "leaves it out");
    }
  }

  const CsvFile& file_;
  const TableOptions& options_;
  const TableEncoding* encoding_;
  std::unordered_map<std::string_view, bool> numeric_inputs_;  // by name, whether each is a number
};

}  // namespace

bool look_like_values(std::int64_t classes, std::int64_t examples) { return classes > 20 && 10 * classes > examples; }

DataWarning values_as_classes(const std::string& what) {
  return {what, "targets", ": values predicts numbers, targets: classes says that these are classes"};
}

DataSummary summarize_table(const CsvFile& file, const TableOptions& options, const TableEncoding* encoding) {
  return TableSummary(file, options, encoding).result;
}

}  // namespace vib
