#include "vib/data/summary.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

std::string type_name(torch::ScalarType type) {
  if (type == torch::kUInt8) return "bytes";
  return torch::isFloatingType(type) ? "numbers" : "tokens";
}

}  // namespace

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
  std::int64_t examples = 0;
  for (const auto& each : summary.parts) examples += each.examples;
  std::vector<std::string> rare;
  for (std::size_t c = 0; c < drawn.class_counts.size(); ++c) {
    std::int64_t count = 0;
    for (const auto& each : summary.parts) count += c < each.class_counts.size() ? each.class_counts[c] : 0;
    if (count > 0 && drawn.examples > 0 && count * drawn.examples < examples)
      rare.push_back(fmt::format("\"{}\" ({})", class_label(summary.classes, c), count));
  }
  if (rare.empty()) return;
  const auto more = rare.size() > kMostListed ? fmt::format(" and {} more", rare.size() - kMostListed) : "";
  if (!more.empty()) rare.resize(kMostListed);
  summary.warnings.push_back({fmt::format("classes with too few examples to be in the {} part of {}: {}{}", drawn.name,
                                          drawn.examples, fmt::join(rare, ", "), more),
                              option, " sets its size; or leave such classes out"});
}

}  // namespace vib
