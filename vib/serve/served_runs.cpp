#include "vib/serve/served_runs.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/config/suggestion.h"
#include "vib/core/error.h"
#include "vib/sweep/directory.h"
#include "vib/sweep/points.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDeterministicKey = "model.deterministic";

using Wanted = std::vector<std::pair<std::string, std::string>>;

// Commas also stand inside of values: "model.encoder.hidden=[64, 64],seed=1".
Wanted parse_setting(const std::string& text) {
  Wanted wanted;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto piece = text.substr(begin, end - begin);
    const auto equals = piece.find('=');
    if (equals != std::string::npos)
      wanted.emplace_back(piece.substr(0, equals), piece.substr(equals + 1));
    else if (!wanted.empty())
      wanted.back().second += ',' + piece;
    else
      throw ConfigError(fmt::format("--setting: {}: expected key=value[,key=value]", text));
    begin = end + 1;
  }
  return wanted;
}

bool same_value(const std::string& a, const std::string& b) {
  const auto x = number_in(a), y = number_in(b);
  return x && y ? *x == *y : a == b;
}

// "objective.beta=0.001,model.latent.dim=8", as --setting takes it.
std::string setting_of(const SweepResults& results, const SweepPoint& point) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < results.keys.size(); ++i)
    if (!point.settings[i].empty()) parts.push_back(fmt::format("{}={}", results.keys[i], point.settings[i]));
  if (point.deterministic && std::ranges::find(results.keys, kDeterministicKey) == results.keys.end())
    parts.push_back(fmt::format("{}=true", kDeterministicKey));
  return fmt::format("{}", fmt::join(parts, ","));
}

bool has_value(const SweepResults& results, const SweepPoint& point, const std::string& key, const std::string& value) {
  const auto at = std::ranges::find(results.keys, key) - results.keys.begin();
  if (at < std::ssize(results.keys)) return same_value(point.settings[static_cast<std::size_t>(at)], value);
  if (key == kDeterministicKey) return value == (point.deterministic ? "true" : "false");
  auto known = results.keys;
  known.emplace_back(kDeterministicKey);
  throw ConfigError(fmt::format("--setting: {}: the sweep does not vary this key; allowed: {}", key, listed(known)));
}

std::string listed_settings(const SweepResults& results, const std::vector<SweepPoint>& points) {
  std::vector<std::string> settings;
  for (const auto& point : points) settings.push_back(setting_of(results, point));
  return fmt::format("{}", fmt::join(settings, "  "));
}

SweepPoint chosen_point(const SweepResults& results, const fs::path& path, const std::string& setting) {
  auto points = points_of(results);
  std::erase_if(points, [](const SweepPoint& point) { return point.trials.empty(); });
  if (points.empty()) throw StateError(fmt::format("{}: every trial of the sweep diverged", path.string()));
  auto left = points;
  if (!setting.empty())
    for (const auto& wanted : parse_setting(setting))
      std::erase_if(left,
                    [&](const SweepPoint& point) { return !has_value(results, point, wanted.first, wanted.second); });
  if (left.empty())
    throw ConfigError(fmt::format("--setting: {}: {} has no finished run of it; there are: {}", setting, path.string(),
                                  listed_settings(results, points)));
  if (left.size() == 1) return left.front();
  if (const auto best = best_by_validation(left)) return left[*best];
  throw ConfigError(
      fmt::format("{}: which of {} settings is best is for a validation split to say, and this sweep held none out; "
                  "choose one by --setting: {}",
                  path.string(), left.size(), listed_settings(results, left)));
}

ServedRuns runs_of_sweep(const fs::path& path, const std::string& setting) {
  const SweepDirectory sweep(path);
  if (fs::exists(sweep.checkpoints()))
    throw StateError(fmt::format("{}: the sweep is not finished; continue it: vib sweep {} --out {}", path.string(),
                                 sweep.config().string(), path.string()));
  const auto results = read_sweep(path);
  const auto point = chosen_point(results, path, setting);
  ServedRuns served{
      .path = path, .setting = setting_of(results, point), .sweep = true, .one_split = results.repeat == "seed"};
  for (const auto& trial : point.trials) served.runs.emplace_back(path / "runs" / trial.run);
  for (const auto& trial : results.trials)
    if (trial.diverged && trial.settings == point.settings) served.diverged.push_back(trial.run);
  return served;
}

}  // namespace

std::vector<std::string> ServedRuns::names() const {
  std::vector<std::string> names;
  for (const auto& run : runs) names.push_back(fs::absolute(run.path() / "").parent_path().filename().string());
  return names;
}

bool is_sweep(const fs::path& path) { return fs::exists(SweepDirectory(path).config()); }

ServedRuns find_runs(const fs::path& path, const std::string& setting) {
  auto served = is_sweep(path) ? runs_of_sweep(path, setting) : ServedRuns{.path = path, .runs = {RunDirectory(path)}};
  if (!served.sweep && !setting.empty())
    throw ConfigError(fmt::format("--setting: {} is a run; only a sweep has settings to choose from", path.string()));
  for (const auto& run : served.runs) run.require_finished();
  return served;
}

}  // namespace vib
