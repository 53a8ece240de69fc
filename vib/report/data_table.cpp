#include "vib/report/data_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "vib/core/utf8.h"
#include "vib/report/plot/format.h"
#include "vib/report/table.h"

namespace vib {
namespace {

constexpr std::size_t kMostColumns = 40;  // of the data: a line each
constexpr std::size_t kMostClasses = 12;  // a column of the second table each
constexpr int kWidestCell = 60;
constexpr int kWidestClass = 20;

std::string cell_of(const std::string& text, int most) { return abbreviated(on_one_line(text), most); }

std::string column_table(const DataSummary& summary) {
  TextTable table{{"column", "kind", "range", "distinct", "missing"}, {}, 3};
  const auto shown = std::min(summary.columns.size(), kMostColumns);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& c = summary.columns[i];
    const auto more = c.distinct >= kMostDistinct ? "+" : "";
    table.rows.push_back({cell_of(c.name, kWidestCell), c.kind, cell_of(c.range, kWidestCell),
                          c.distinct < 0 ? "" : grouped(static_cast<double>(c.distinct)) + more,
                          grouped(static_cast<double>(c.missing))});
  }
  const auto left = summary.columns.size() - shown;
  return to_text(table) + (left > 0 ? fmt::format("and {} columns more\n", left) : "");
}

std::string part_table(const DataSummary& summary) {
  TextTable table{{"part", "examples"}, {}};
  const auto classes = summary.parts.front().class_counts.size();
  const bool counted = classes <= kMostClasses;
  for (std::size_t c = 0; counted && c < classes; ++c)
    table.header.push_back(c < summary.classes.size() ? cell_of(summary.classes[c], kWidestClass)
                                                      : fmt::format("{}", c));
  for (const auto& part : summary.parts) {
    table.rows.push_back({part.name, grouped(static_cast<double>(part.examples))});
    for (std::size_t c = 0; counted && c < classes; ++c)
      table.rows.back().push_back(c < part.class_counts.size() ? grouped(static_cast<double>(part.class_counts[c]))
                                                               : "");
  }
  return to_text(table);
}

}  // namespace

std::string data_table(const DataSummary& summary) {
  auto text = column_table(summary);
  if (!summary.parts.empty()) text += '\n' + part_table(summary);
  if (!summary.warnings.empty()) text += '\n';
  for (const auto& warning : summary.warnings)
    text += fmt::format("{}: {}\n", warning.refused ? "training refuses this" : "warning", on_one_line(warning.text()));
  return text;
}

}  // namespace vib
