#pragma once

#include <cctype>
#include <string>

#include "vib/evaluate/metric_info.h"

namespace vib {

/// What a picture of the metric is called: its name, spelled out where that is an abbreviation. "Error", "Negative
/// log-likelihood".
inline std::string metric_title(const MetricInfo& metric) {
  const auto is_word = std::islower(static_cast<unsigned char>(metric.name.front())) != 0;
  std::string title = is_word ? metric.name : metric.words;
  title.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(title.front())));
  return title;
}

}  // namespace vib
