#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vib/core/export.h"

namespace vib {

enum class Better { kLower, kHigher, kNeither };

/// How a metric is called, written and shown: what every file, table and picture needs to know of it.
struct MetricInfo {
  std::string key;                 ///< in files: "nll_bits"; a unit of information stands at its end
  std::string name;                ///< in tables and legends: "NLL"
  std::string words;               ///< in full: "negative log-likelihood"
  std::string unit;                ///< "bits", "%", or empty
  double factor = 1;               ///< shown is the value times this: 100 for a share in %
  int digits = 4;                  ///< behind the point, where it is shown
  Better better = Better::kLower;  ///< which way is up: for a monitor, a best row
  bool in_table = true;            ///< a column of the closing table of a sweep
  bool in_pictures = true;         ///< a picture against β and a panel of a run's curves
  bool null_if_absent = false;     ///< written as null where a model does not have it; others are left out

  /// "NLL (bits)", "RMSE".
  std::string label() const { return unit.empty() ? name : name + " (" + unit + ")"; }
  /// The key without the unit, as files are called: "nll".
  std::string short_key() const {
    constexpr std::string_view kBits = "_bits";
    return key.ends_with(kBits) ? key.substr(0, key.size() - kBits.size()) : key;
  }
};

/// All metrics, in the order of reports: the library's own and those registered from outside (evaluate/metric.h).
VIB_API std::vector<MetricInfo> metric_infos();

}  // namespace vib
