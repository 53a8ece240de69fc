#include "vib/report/ensemble_table.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/evaluate/metric_info.h"
#include "vib/report/table.h"

namespace vib {
namespace {

constexpr const char* kMissing = "–";

/// A column for each set of numbers, a row for each metric that any of them has.
TextTable table_of(const std::vector<std::pair<std::string, Json>>& columns) {
  TextTable table{{""}, {}};
  for (const auto& [name, _] : columns) table.header.push_back(name);
  for (const MetricInfo& metric : metric_infos()) {
    std::vector<std::string> row = {metric.label()};
    bool known = false;
    for (const auto& [name, numbers] : columns) {
      const auto number = numbers.find(metric.key);
      const bool there = number != numbers.end() && number->is_number();
      known |= there;
      row.push_back(there ? fmt::format("{:.{}f}", metric.factor * number->get<double>(), metric.digits) : kMissing);
    }
    if (known) table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

std::string ensemble_table(const Json& result) {
  std::vector<std::pair<std::string, Json>> columns;
  for (const char* split : {"test", "validation"}) {
    if (!result.contains(split)) continue;
    columns.emplace_back(fmt::format("{}, as one", split), result[split]);
    columns.emplace_back("mean of each", result["members"][split]);
  }
  const auto setting = result["setting"].get<std::string>();
  const auto runs = result["runs"].get<std::vector<std::string>>();
  auto text =
      fmt::format("{}\n{}{} {} as one: {}\n", to_text(table_of(columns)), setting.empty() ? "" : setting + " · ",
                  runs.size(), runs.size() == 1 ? "run" : "runs", fmt::join(runs, ", "));
  if (const auto diverged = result["diverged"].get<std::vector<std::string>>(); !diverged.empty())
    text += fmt::format("diverged and left out: {}\n", fmt::join(diverged, ", "));
  return text;
}

std::string temperature_table(const Json& fit) {
  std::vector<std::pair<std::string, Json>> columns;
  for (const char* split : {"test", "validation"}) {
    columns.emplace_back(fmt::format("{}, before", split), fit[split]["before"]);
    columns.emplace_back("after", fit[split]["after"]);
  }
  return fmt::format("temperature {:.4f}, fitted on the validation split\n\n{}", fit["temperature"].get<double>(),
                     to_text(table_of(columns)));
}

}  // namespace vib
