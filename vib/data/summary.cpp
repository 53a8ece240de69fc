#include "vib/data/summary.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/core/utf8.h"

namespace vib {
namespace {

constexpr std::size_t kMostListed = 6;

std::string class_label(const std::vector<std::string>& names, std::size_t i) {
  return i < names.size() ? names[i] : fmt::format("{}", i);
}

std::string counts_text(const std::vector<std::int64_t>& counts, const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(counts.size(), kMostListed); ++i)
    parts.push_back(fmt::format("{} {}", class_label(names, i), counts[i]));
  return fmt::format("{}{}", fmt::join(parts, ", "), counts.size() > kMostListed ? ", ..." : "");
}

/// "a", "b" and 3 more
std::string listed(std::vector<std::string> names) {
  const auto more = names.size() > kMostListed ? fmt::format(" and {} more", names.size() - kMostListed) : "";
  if (!more.empty()) names.resize(kMostListed);
  return fmt::format("{}{}", fmt::join(names, ", "), more);
}

/// Examples of each class in all parts.
std::vector<std::int64_t> total_counts(const DataSummary& summary) {
  std::vector<std::int64_t> counts;
  for (const auto& part : summary.parts) {
    counts.resize(std::max(counts.size(), part.class_counts.size()));
    for (std::size_t c = 0; c < part.class_counts.size(); ++c) counts[c] += part.class_counts[c];
  }
  return counts;
}

std::string type_name(torch::ScalarType type) {
  if (type == torch::kUInt8) return "bytes";
  return torch::isFloatingType(type) ? "numbers" : "tokens";
}

}  // namespace

DataWarning numbers_too_close(const std::string& name, double least, double most, const std::string& option) {
  return {fmt::format("{}: numbers from {} to {} are too close to each other for float32, which has seven digits", name,
                      least, most),
          option, ": true keeps their differences"};
}

bool too_close_for_float32(double least, double most) {
  return least < most && most - least < 1e-5 * std::max(std::abs(least), std::abs(most));
}

void warn_of_close_numbers(DataSummary& summary, const Dataset& data, const std::vector<std::string>& target_names) {
  const auto warn = [&](const torch::Tensor& numbers, const char* what, const std::vector<std::string>& names,
                        const char* option) {
    const auto columns = numbers.flatten(1);
    const auto least = columns.amin(0).cpu(), most = columns.amax(0).cpu();
    for (std::int64_t i = 0; i < columns.size(1); ++i) {
      const double low = least[i].item<double>(), high = most[i].item<double>();
      if (!too_close_for_float32(low, high)) continue;
      const auto name = static_cast<std::size_t>(i) < names.size() ? names[static_cast<std::size_t>(i)]
                                                                   : fmt::format("{} {}", what, i);
      summary.warnings.push_back(numbers_too_close(name, low, high, option));
      return;
    }
  };
  const auto is_float64 = [](const torch::Tensor& tensor) {
    return tensor.defined() && tensor.scalar_type() == torch::kFloat64 && tensor.size(0) > 0;
  };
  if (is_float64(data.inputs) && !data.mean.defined()) warn(data.inputs, "input", {}, "standardize");
  if (is_float64(data.targets) && !data.target_mean.defined())
    warn(data.targets, "target", target_names, "standardize_targets");
}

bool look_like_values(std::int64_t classes, std::int64_t examples) { return classes > 20 && 10 * classes > examples; }

DataWarning values_as_classes(const std::string& what) {
  return {what, "targets", ": values predicts numbers, targets: classes says that these are classes"};
}

void warn_of_classes(DataSummary& summary) {
  const auto counts = total_counts(summary);
  if (counts.empty()) return;
  std::vector<std::string> with, without;
  for (std::size_t c = 0; c < counts.size(); ++c)
    (counts[c] > 0 ? with : without).push_back(class_label(summary.classes, c));
  const auto classes = static_cast<std::int64_t>(counts.size()), used = static_cast<std::int64_t>(with.size());
  const auto examples = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  if (used < 2) {
    summary.warnings.push_back({.what = fmt::format("every example is of the class {}, so that there is nothing to "
                                                    "learn; classification needs examples of two classes or more",
                                                    listed(with)),
                                .refused = true});
  } else if (10 * used < classes) {
    summary.warnings.push_back(
        {.what = fmt::format("only {} of {} classes have an example: {}; number the classes from "
                             "0 without gaps, or set targets: values for numbers to predict",
                             used, classes, listed(with)),
         .refused = true});
  } else if (summary.classes.empty() && look_like_values(classes, examples)) {
    summary.warnings.push_back(
        values_as_classes(fmt::format("the targets are {} classes, of {} examples", classes, examples)));
  } else if (!without.empty()) {
    const auto remedy = summary.classes.empty() ? "; number the classes from 0 without gaps" : "";
    summary.warnings.push_back(
        {fmt::format("of {} classes, these have no example: {}{}", classes, listed(without), remedy)});
  }
}

void refuse_mistakes(const DataSummary& summary, const std::string& source) {
  const auto refused = std::ranges::find(summary.warnings, true, &DataWarning::refused);
  if (refused != summary.warnings.end()) throw DataError(fmt::format("{}: {}", source, on_one_line(refused->text())));
}

std::string range_text(double least, double most) { return fmt::format("{:g} to {:g}", least, most); }

std::vector<ColumnSummary> summarize_examples(const Dataset& data, const std::vector<std::string>& classes) {
  const auto [least, most] = data.inputs.aminmax();
  std::vector<ColumnSummary> columns = {{fmt::format("input [{}]", fmt::join(data.inputs.sizes().slice(1), " x ")),
                                         type_name(data.inputs.scalar_type()),
                                         range_text(least.item<double>(), most.item<double>())}};
  if (!data.targets.defined()) {
    columns.push_back({"target", "the input"});
  } else if (data.classes > 0) {
    columns.push_back({"target", "classes", counts_text(summarize_part(data, "").class_counts, classes), data.classes});
  } else {
    for (std::int64_t i = 0; i < std::min<std::int64_t>(data.targets.size(1), kMostListed); ++i) {
      const auto values = data.targets.select(1, i).to(torch::kFloat64);
      columns.push_back({fmt::format("target {}", i), "values",
                         fmt::format("{}, mean {:g}, deviation {:g}",
                                     range_text(values.min().item<double>(), values.max().item<double>()),
                                     values.mean().item<double>(), values.std(/*unbiased=*/false).item<double>())});
    }
  }
  return columns;
}

PartSummary summarize_part(const Dataset& data, const std::string& name) {
  PartSummary part{name, data.size()};
  if (!data.targets.defined() || data.classes == 0) return part;
  const auto counts = torch::bincount(data.targets, {}, data.classes).contiguous();
  part.class_counts.assign(counts.const_data_ptr<std::int64_t>(),
                           counts.const_data_ptr<std::int64_t>() + counts.numel());
  return part;
}

void warn_of_rare_classes(DataSummary& summary, std::size_t part, const std::string& option) {
  const auto& drawn = summary.parts[part];
  const auto counts = total_counts(summary);
  std::int64_t examples = 0;
  for (const auto& each : summary.parts) examples += each.examples;
  std::vector<std::string> rare;
  for (std::size_t c = 0; c < drawn.class_counts.size(); ++c)
    if (counts[c] > 0 && drawn.examples > 0 && counts[c] * drawn.examples < examples)
      rare.push_back(fmt::format("\"{}\" ({})", class_label(summary.classes, c), counts[c]));
  if (rare.empty()) return;
  summary.warnings.push_back({fmt::format("classes with too few examples to be in the {} part of {}: {}", drawn.name,
                                          drawn.examples, listed(std::move(rare))),
                              option, " sets its size; or leave such classes out"});
}

}  // namespace vib
