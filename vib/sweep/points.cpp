#include "vib/sweep/points.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/sweep/cases.h"

namespace vib {
namespace {

Statistic statistic(const std::vector<SweepTrial>& trials, SplitNumbers SweepTrial::*split, const std::string& key) {
  std::vector<double> values;
  for (const SweepTrial& trial : trials) {
    if (const double value = number_of(trial.*split, key); std::isfinite(value)) values.push_back(value);
  }
  Statistic result{.n = static_cast<int>(values.size())};
  if (result.n == 0) return result;
  result.mean = std::accumulate(values.begin(), values.end(), 0.0) / result.n;
  if (result.n == 1) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.sd = std::sqrt(squares / (result.n - 1));
  return result;
}

/// Numbers by size and before words, words by the alphabet.
bool setting_before(const std::string& a, const std::string& b) {
  const auto x = number_in(a), y = number_in(b);
  if (x && y) return *x < *y;
  return x.has_value() != y.has_value() ? x.has_value() : a < b;
}

/// Key by key; cases as they come in the table, which is the order of the configuration.
class ComesBefore {
 public:
  explicit ComesBefore(const SweepResults& results) : keys_(results.keys) {
    const auto place = static_cast<std::size_t>(std::ranges::find(keys_, kCaseKey) - keys_.begin());
    for (const auto& trial : results.trials)
      if (place < keys_.size()) rank_.emplace(trial.settings[place], rank_.size());
  }

  bool operator()(const SweepPoint& a, const SweepPoint& b) const {
    if (a.settings == b.settings) return a.deterministic && !b.deterministic;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (a.settings[i] == b.settings[i]) continue;
      return keys_[i] == kCaseKey ? rank_.at(a.settings[i]) < rank_.at(b.settings[i])
                                  : setting_before(a.settings[i], b.settings[i]);
    }
    return false;
  }

 private:
  const std::vector<std::string>& keys_;
  std::map<std::string, std::size_t> rank_;
};

}  // namespace

Statistic SweepPoint::test(const std::string& key) const { return statistic(trials, &SweepTrial::test, key); }

Statistic SweepPoint::validation(const std::string& key) const {
  return statistic(trials, &SweepTrial::validation, key);
}

std::vector<SweepPoint> points_of(const SweepResults& results) {
  std::vector<SweepPoint> points;
  for (const SweepTrial& trial : results.trials) {
    if (trial.diverged) continue;
    const auto same = [&](const SweepPoint& point) {
      return point.settings == trial.settings && point.deterministic == trial.deterministic;
    };
    auto point = std::find_if(points.begin(), points.end(), same);
    if (point == points.end()) point = points.insert(point, {trial.settings, trial.deterministic, {}});
    point->trials.push_back(trial);
  }
  // Where every seed diverged, the row says so. That of a trial says no more than its settings.
  for (const SweepTrial& trial : results.trials) {
    const auto same = [&](const SweepPoint& point) { return point.settings == trial.settings; };
    if (std::none_of(points.begin(), points.end(), same)) points.push_back({trial.settings, false, {}});
  }
  std::stable_sort(points.begin(), points.end(), ComesBefore(results));
  return points;
}

std::vector<bool> pareto_front(std::span<const SweepPoint> points) {
  std::vector<std::pair<double, double>> plane;
  for (const SweepPoint& point : points) {
    // Without H(Y) there is no I(Z;Y), and what is left of it is the distortion.
    const double izy = point.test("izy_bits").mean;
    plane.emplace_back(point.test("rate_bits").mean, std::isfinite(izy) ? izy : -point.test("distortion_bits").mean);
  }
  std::vector<bool> front;
  for (const auto& [rate, izy] : plane) {
    const bool beaten = std::any_of(plane.begin(), plane.end(), [&, rate = rate, izy = izy](const auto& other) {
      return other.first <= rate && other.second >= izy && (other.first < rate || other.second > izy);
    });
    front.push_back(std::isfinite(rate) && std::isfinite(izy) && !beaten);
  }
  return front;
}

std::optional<std::size_t> best_by_validation(std::span<const SweepPoint> points) {
  std::optional<std::size_t> best;
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double nll = points[i].validation("nll_bits").mean;
    if (!(nll < lowest)) continue;
    lowest = nll;
    best = i;
  }
  return best;
}

std::string name_of(const std::string& key) { return key == kBetaKey ? "β" : key; }

std::string describe_point(std::span<const std::string> keys, const SweepPoint& point, std::string_view without) {
  std::vector<std::string> parts;
  if (point.deterministic && !has_cases(keys)) parts.emplace_back("deterministic");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == without || point.settings[i].empty() || (point.deterministic && keys[i] == kBetaKey)) continue;
    parts.push_back(keys[i] == kCaseKey ? point.settings[i]
                                        : fmt::format("{} = {}", name_of(keys[i]), point.settings[i]));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace vib
