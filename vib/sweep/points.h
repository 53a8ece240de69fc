#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vib/sweep/results.h"

namespace vib {

/// Of n numbers, those that are not there left out.
struct Statistic {
  int n = 0;
  double mean = std::numeric_limits<double>::quiet_NaN();  ///< NaN without numbers
  double sd = std::numeric_limits<double>::quiet_NaN();    ///< the sample's, over n - 1; NaN for fewer than two
};

/// The trials that differ in their seed alone.
struct SweepPoint {
  std::vector<std::string> settings;  ///< as SweepTrial::settings
  bool deterministic = false;
  std::vector<SweepTrial> trials;  ///< those that finished

  /// Over the seeds, of the metric with this key: `point.test("nll_bits")`.
  Statistic test(const std::string& key) const;
  Statistic validation(const std::string& key) const;
};

/// Ascending in the settings, key by key, cases in the order of the trials; deterministic ones before others of the
/// same settings.
std::vector<SweepPoint> points_of(const SweepResults& results);

/// Whether a point is on the Pareto front of the information plane, by its means on the test set: no other has a rate
/// as low and an I(Z;Y) as high, or where there are no classes a distortion as low, and one of them better. Points
/// without a rate are not.
std::vector<bool> pareto_front(std::span<const SweepPoint> points);

/// The point with the lowest mean NLL on the validation split, the first of equals; none without such a split.
std::optional<std::size_t> best_by_validation(std::span<const SweepPoint> points);

/// The key that the pictures are drawn against where it is swept.
inline constexpr std::string_view kBetaKey = "objective.beta";

/// A key as people call it: "β" for objective.beta.
std::string name_of(const std::string& key);

/// The settings in words: "β = 0.001, model.latent.dim = 8"; a case by its name alone; else "deterministic" in place of
/// the β of a deterministic model. Key `without` is left out, and one that has no value there.
std::string describe_point(std::span<const std::string> keys, const SweepPoint& point, std::string_view without = "");

}  // namespace vib
