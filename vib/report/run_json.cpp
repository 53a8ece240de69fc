#include "vib/report/run_json.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {
namespace {

constexpr std::string_view kWayOut = "the file is damaged; train again, or resume the run from its checkpoint";

Json parse(std::string_view text, const std::string& file, int first_line) {
  try {
    return parse_json(text);
  } catch (const JsonError& error) {
    throw StateError(fmt::format("{}: {}", error.in(file, first_line), kWayOut));
  }
}

}  // namespace

Json parse_summary(std::string_view text, const std::string& file) {
  Json summary = parse(text, file, 1);
  if (!summary.is_object() || !summary.contains("test")) {
    throw StateError(fmt::format("{}:1: no results on the test set in it: {}", file, kWayOut));
  }
  return summary;
}

std::vector<Json> parse_metrics(std::string_view text, const std::string& file) {
  std::vector<Json> epochs;
  while (!text.empty()) {
    const int line = static_cast<int>(epochs.size()) + 1;
    const std::string_view current = text.substr(0, text.find('\n'));
    epochs.push_back(parse(current, file, line));
    if (!epochs.back().is_object() || !epochs.back().contains("epoch")) {
      throw StateError(fmt::format("{}:{}: not the metrics of an epoch: {}", file, line, kWayOut));
    }
    text.remove_prefix(std::min(text.size(), current.size() + 1));
  }
  if (epochs.empty()) throw StateError(fmt::format("{}:1: empty: the run has not finished an epoch yet", file));
  return epochs;
}

double number_at(const Json& object, const std::string& path, const std::string& where) {
  const Json::json_pointer pointer(path);
  if (!object.contains(pointer) || object[pointer].is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!object[pointer].is_number()) {
    throw StateError(fmt::format("{}: {} is {}, not a number", where, path.substr(1), json_excerpt(object[pointer])));
  }
  return object[pointer].get<double>();
}

}  // namespace vib
