#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vib/config/file.h"
#include "vib/config/section.h"
#include "vib/data/sets/table_encoding.h"
#include "vib/data/targets.h"
#include "vib/data/text/vocabulary.h"

namespace vib {

/// Files of one's own; names are relative to `data.root`.
struct OwnDataConfig {
  std::string train_inputs, train_targets, test_inputs, test_targets;  ///< tensors
  std::string train_images, train_labels, test_images, test_labels;    ///< idx
  std::int64_t first_label = 0;
  bool transpose = false;
  std::string train_file, test_file;  ///< csv
  std::vector<std::string> target_columns, numeric, categorical, ignore;
  std::string separator = ",";
  Missing missing = Missing::error;
  double test_share = 0.2;
  TargetKind targets = TargetKind::classes;
  std::int64_t test = 0;
  bool standardize = true;
};

/// What is learned from: the `data` section of a configuration.
struct DataConfig {
  std::string name = "digits";
  std::string root;  ///< empty: $VIB_DATA_DIR/NAME, or data/NAME where that is not set
  std::string target = "label";
  std::int64_t validation = 5000;
  double low = -1.0, high = 1.0;
  std::int64_t vocabulary = 5000, length = 400;  ///< imdb
  Side side = Side::kFront;                      ///< imdb
  std::int64_t expect = 12500;                   ///< imdb
  bool cache = true;                             ///< imdb
  std::int64_t train = 60000, test = 10000;      ///< digits
  std::uint64_t seed = 0;                        ///< digits
  OwnDataConfig own;                             ///< tensors, csv, idx
};

/// The field list of the section.
void describe(Section& s, DataConfig& config);

/// What a single key cannot show. Throws vib::ConfigError.
void check(const DataConfig& config, const ConfigOrigins& origins);

}  // namespace vib
