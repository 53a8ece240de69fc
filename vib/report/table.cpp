#include "vib/report/table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/utf8.h"
#include "vib/evaluate/metric_info.h"
#include "vib/report/plot/format.h"
#include "vib/report/run_json.h"

namespace vib {
namespace {

constexpr const char* kMissing = "–";

std::string padding(std::size_t width, const std::string& text) {
  return std::string(width - static_cast<std::size_t>(character_count(text)), ' ');
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths, std::size_t words) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto space = padding(widths[i], cells[i]);
    line += (i > 0 ? "  " : "") + (i < words ? cells[i] + space : space + cells[i]);
  }
  return line + '\n';
}

std::string training_time(double seconds) {
  return seconds < 120 ? fmt::format("{:.1f} s", seconds) : fmt::format("{:.1f} min", seconds / 60);
}

}  // namespace

std::string to_text(const TextTable& table) {
  std::vector<std::size_t> widths(table.header.size());
  for (std::size_t i = 0; i < widths.size(); ++i) {
    widths[i] = static_cast<std::size_t>(character_count(table.header[i]));
    for (const auto& row : table.rows) widths[i] = std::max<std::size_t>(widths[i], character_count(row[i]));
  }
  std::string text = line_of(table.header, widths, table.words);
  for (std::size_t i = 0; i < widths.size(); ++i) {
    text += i == 0 ? "" : "  ";
    for (std::size_t column = 0; column < widths[i]; ++column) text += "─";
  }
  text += '\n';
  for (const auto& row : table.rows) text += line_of(row, widths, table.words);
  return text;
}

std::string shown(double value, const MetricInfo& metric) {
  const double x = metric.factor * value, size = std::abs(x);
  const bool any_size = metric.unit.empty() && size > 0 && (size < 0.01 || size >= 1e5);
  return any_size ? fmt::format("{:.{}g}", x, metric.digits) : fmt::format("{:.{}f}", x, metric.digits);
}

TextTable metrics_table(std::string_view text, const std::string& file) {
  const auto summary = parse_summary(text, file);
  const bool has_raw = summary.contains("test_raw");
  const std::pair<const char*, const char*> splits[] = {
      {"test", has_raw ? "test, averaged" : "test"}, {"test_raw", "test, raw"}, {"validation", "validation"}};

  TextTable table{{""}, {}};
  for (const auto& [key, name] : splits) {
    if (summary.contains(key)) table.header.emplace_back(name);
  }
  for (const MetricInfo& metric : metric_infos()) {
    std::vector<std::string> row = {metric.label()};
    bool known = false;
    for (const auto& [split, _] : splits) {
      if (!summary.contains(split)) continue;
      const double value = number_at(summary, fmt::format("/{}/{}", split, metric.key), file);
      known |= std::isfinite(value);
      row.push_back(std::isfinite(value) ? shown(value, metric) : kMissing);
    }
    if (known) table.rows.push_back(row);  // a deterministic model has no rate
  }
  return table;
}

std::string describe_run(std::string_view text, const std::string& file) {
  const auto summary = parse_summary(text, file);
  std::vector<std::string> parts;
  const auto add = [&](const char* key, auto in_words) {
    const double value = number_at(summary, fmt::format("/{}", key), file);
    if (std::isfinite(value)) parts.push_back(in_words(value));
  };
  if (summary.contains("seed")) parts.push_back("seed " + summary["seed"].dump());  // exact: it may have 64 bits
  if (std::isfinite(number_at(summary, "/test/rate_bits", file))) {
    add("beta", [](double beta) { return fmt::format("β {:g}", beta); });
  } else {
    parts.push_back("deterministic");
  }
  add("epochs", [](double epochs) { return epochs == 1 ? "1 epoch" : fmt::format("{:.0f} epochs", epochs); });
  if (summary.contains("validation")) {
    add("best_epoch", [](double epoch) { return fmt::format("best by validation: {:.0f}", epoch); });
  }
  add("train_seconds", [](double seconds) { return "trained in " + training_time(seconds); });
  add("examples_per_second", [](double rate) { return grouped(rate) + " examples/s"; });
  for (const char* key : {"device", "precision"}) {
    if (const auto word = summary.find(key); word != summary.end() && word->is_string()) parts.push_back(*word);
  }
  return fmt::format("{}", fmt::join(parts, " · "));
}

std::string summary_table(std::string_view summary, const std::string& file) {
  return to_text(metrics_table(summary, file)) + '\n' + describe_run(summary, file) + '\n';
}

}  // namespace vib
