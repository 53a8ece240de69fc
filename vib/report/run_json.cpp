#include "vib/report/run_json.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {
namespace {

constexpr std::string_view kWayOut = "the file is damaged; train again, or resume the run from its checkpoint";

nlohmann::json parse(std::string_view text, const std::string& file, int first_line) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const auto read = text.substr(0, error.byte > 0 ? error.byte - 1 : 0);
    const auto line = first_line + std::count(read.begin(), read.end(), '\n');
    throw StateError(fmt::format("{}:{}: not JSON from column {} on: {}", file, line,
                                 read.size() - (read.find_last_of('\n') + 1) + 1, kWayOut));
  } catch (const nlohmann::json::out_of_range&) {
    throw StateError(fmt::format("{}:{}: holds a number that is too large: {}", file, first_line, kWayOut));
  }
}

}  // namespace

nlohmann::json parse_summary(std::string_view text, const std::string& file) {
  nlohmann::json summary = parse(text, file, 1);
  if (!summary.is_object() || !summary.contains("test")) {
    throw StateError(fmt::format("{}:1: no results on the test set in it: {}", file, kWayOut));
  }
  return summary;
}

std::vector<nlohmann::json> parse_metrics(std::string_view text, const std::string& file) {
  std::vector<nlohmann::json> epochs;
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

double number_at(const nlohmann::json& object, const std::string& path, const std::string& where) {
  const nlohmann::json::json_pointer pointer(path);
  if (!object.contains(pointer) || object[pointer].is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!object[pointer].is_number()) {
    throw StateError(fmt::format("{}: {} is {}, not a number", where, path.substr(1), object[pointer].dump()));
  }
  return object[pointer].get<double>();
}

}  // namespace vib
