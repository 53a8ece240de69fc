#pragma once

#include <any>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "vib/config/file.h"
#include "vib/data/dataset.h"
#include "vib/data/row_splits.h"
#include "vib/data/targets.h"
#include "vib/experiment/data_description.h"
#include "vib/experiment/part.h"

namespace vib {

struct DataConfig;

/// What is learned from, and what a network must know of it.
struct ExperimentData {
  DataSplits splits;
  DataDescription description;
};

/// A data set. Its options say where it lies and what is made of it; DataConfig holds what all data sets have.
struct DataPart : Part {
  /// What single keys cannot show. Fails through `origins`. May be empty.
  std::function<void(const std::any& options, const DataConfig& data, const ConfigOrigins& origins)> check;
  /// The option that holds its folder. Empty where no file is read.
  std::function<std::filesystem::path*(std::any& options)> root;
  /// Whether a folder that is not given is the current one, not the data set's below $VIB_DATA_DIR.
  bool own = false;
  /// The key that says how many examples are drawn at random for the test part; "" where a file holds it. May be empty.
  std::function<std::string(const std::any& options)> test_key;
  /// Inputs and shape, where they are known before anything is read. May be empty.
  std::function<DataDescription(const std::any& options)> known_inputs;
  /// Throws vib::DataError.
  std::function<ExperimentData(const std::any& options, const DataConfig& data)> load;
  /// The same, encoded as it was before. Empty where `load` fits nothing that an encoding would hold.
  std::function<ExperimentData(const std::any& options, const DataConfig& data, const DataDescription& prepared)>
      load_prepared;
  /// The files and folders that `load` reads. Empty where there are none.
  std::function<std::vector<std::filesystem::path>(const std::any& options)> files;
  /// The test part or its first `most` examples, where these are had for less than all. May be empty.
  std::function<Dataset(const std::any& options, std::int64_t most)> load_test;

  static const std::vector<DataPart>& all();
};

/// What a data set of one's own adds to the options of its reader: the folder that the names in them are relative to.
template <class Options>
struct OwnFiles {
  Options files;
  std::filesystem::path root;

  /// `name` in the folder; empty where it is.
  std::string in_root(const std::filesystem::path& name) const { return name.empty() ? "" : (root / name).string(); }
  /// Those that are given, as `place` makes paths of them.
  std::vector<std::filesystem::path> given(
      std::initializer_list<std::filesystem::path> names,
      std::filesystem::path (*place)(const std::string& name) = [](const std::string& name) {
        return std::filesystem::path(name);
      }) const {
    std::vector<std::filesystem::path> paths;
    for (const auto& name : names)
      if (!name.empty()) paths.push_back(place(in_root(name)));
    return paths;
  }
};

/// Splits with the description that they give of themselves.
ExperimentData described(DataSplits splits);

/// Images of bytes, of these sizes.
DataDescription known_images(std::vector<std::int64_t> shape);

/// `range`
void range_key(Section& s, double& low, double& high);
/// `root` of data of one's own.
void own_root_key(Section& s, std::filesystem::path& root);
/// `folds`, `fold` and `stratify`
void split_keys(Section& s, SplitOptions& split);
/// Fails unless folds and fold go together, and folds stand for themselves: `other` says which key would take the test
/// part too, empty where none does.
void check_folds(const SplitOptions& split, const std::string& other, const ConfigOrigins& origins);
/// With what all data sets have.
void complete(SplitOptions& split, const DataConfig& data);
/// `targets`, and of values `standardize_targets`
void own_targets_key(Section& s, TargetKind& targets, bool& standardize_targets);
/// The same and `standardize`
void own_target_keys(Section& s, TargetKind& targets, bool& standardize, bool& standardize_targets);

/// Fails in the name of `key` unless it is `given`.
void require_key(const ConfigOrigins& origins, const char* key, bool given, const char* what);

}  // namespace vib
