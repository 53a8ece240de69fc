#pragma once

#include <cstdint>
#include <string>

#include "vib/config/file.h"
#include "vib/config/section.h"
#include "vib/experiment/part.h"
#include "vib/experiment/parts/data/data_sets.h"

namespace vib {

/// What is learned from: the `data` section of a configuration.
struct DataConfig {
  Chosen<DataPart> set;
  std::string target = "label";
  std::int64_t validation = 5000;
  bool targets_chosen = false;  ///< whether somebody wrote `data.targets`, so that no warning asks for it
};

/// The field list of the section.
void describe(Section& s, DataConfig& config);

/// What a single key cannot show. Throws vib::ConfigError.
void check(const DataConfig& config, const ConfigOrigins& origins);

}  // namespace vib
