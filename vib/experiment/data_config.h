#pragma once

#include <cstdint>
#include <string>

#include "vib/config/file.h"
#include "vib/config/section.h"
#include "vib/data/hold_out.h"
#include "vib/experiment/part.h"
#include "vib/experiment/parts/data/data_sets.h"

namespace vib {

/// What a class counts in training.
enum class ClassWeights { none, balanced };

/// What is learned from: the `data` section of a configuration.
struct DataConfig {
  Chosen<DataPart> set;
  std::string target = "label";
  std::string validation = "auto";  ///< "auto", a number or a share
  std::uint64_t split_seed = 0;
  ClassWeights class_weights = ClassWeights::none;
  bool targets_chosen = false;  ///< whether somebody wrote `data.targets`, so that no warning asks for it

  HoldOut held_out() const;
  bool holds_out() const;
};

/// The field list of the section.
void describe(Section& s, DataConfig& config);

/// What a single key cannot show. Throws vib::ConfigError.
void check(const DataConfig& config, const ConfigOrigins& origins);

}  // namespace vib
