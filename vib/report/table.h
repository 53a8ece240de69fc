#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "vib/evaluate/metric_info.h"

namespace vib {

/// A header and rows of as many cells. The first column names its row; the others hold numbers.
struct TextTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::size_t words = 1;  ///< how many columns hold words
};

/// For people at a terminal: columns of words flush left, the others flush right, a rule under the header. Widths are
/// counted in characters, so that β and ± stay in line.
std::string to_text(const TextTable& table);

/// What the model does on each split that a summary.json speaks of (test, test_raw, validation): a column for each, a
/// row for each metric that any of them has, with its unit. `file` is the name that messages carry. Throws
/// vib::StateError where `summary` is not the text of such a file.
TextTable metrics_table(std::string_view summary, const std::string& file = "summary.json");

/// How it came about, in one line: seed, β, epochs, training time, device.
std::string describe_run(std::string_view summary, const std::string& file = "summary.json");

/// The closing table of `vib train`: metrics_table as text, and describe_run under it.
std::string summary_table(std::string_view summary, const std::string& file = "summary.json");

/// A metric's value as it is shown, without its unit: so many digits behind the point, or, where it is one of the
/// data's own unit and far from 1, so many that count.
std::string shown(double value, const MetricInfo& metric);

}  // namespace vib
