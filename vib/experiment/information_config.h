#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vib/config/file.h"
#include "vib/config/section.h"
#include "vib/config/value.h"

namespace vib {

/// The `information` section of a configuration: when training looks at the layers, and how.
struct InformationConfig {
  std::string epochs;  ///< as a sweep's values; empty: never
  std::vector<std::string> estimators = {"bins"};
  enum class On { kAll, kTrain, kTest } on = On::kAll;
};

void describe(Section& s, InformationConfig& o);
/// Throws vib::ConfigError for epochs and estimators that are none, and for what has no effect in a training of so many
/// epochs.
void check(const InformationConfig& o, std::int64_t trained_epochs, const ConfigOrigins& origins);

/// The epochs of `text`, rising: "1,10,100", "1..20", "log:1:8000:400". Points of a grid become whole numbers, each at
/// least one above the last, so that there are as many as were asked for. None where it is empty. Throws
/// vib::ConfigError, at `place`.
std::vector<std::int64_t> recorded_epochs(const std::string& text, const Place& place);

}  // namespace vib
