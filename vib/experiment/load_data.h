#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <torch/types.h>

#include "vib/data/dataset.h"
#include "vib/experiment/experiment_config.h"

namespace vib {

/// Where a data set that is no one's own is looked for when no folder is given: $VIB_DATA_DIR/NAME, else data/NAME.
std::filesystem::path data_folder(const std::string& name);

/// The same data with its folder, given or not, as an absolute path.
DataConfig with_absolute_root(DataConfig config);

/// Warns, in `understood`, of a training too short to come to anything: of less than about 1,000 steps of the
/// optimiser.
DataDescription with_training_warning(const ExperimentConfig& config, const ExperimentData& data);

/// Names the options of `summary` as keys of the configuration.
DataSummary with_keys(DataSummary summary);

/// Reads the configured data. Which examples are held out does not depend on any seed of the experiment: every model is
/// judged on the same ones. Throws vib::DataError.
ExperimentData load_data(const DataConfig& config, torch::Device device);

/// The same data as the run of `prepared` saw them: split, scaled and encoded as then, nothing fitted anew. Throws
/// vib::DataError where a file has changed so that this cannot be done.
DataSplits load_prepared(const DataConfig& config, const DataDescription& prepared, torch::Device device);

/// The first `most` examples of its test part on the CPU, prepared as they were for the run of `prepared`: nothing is
/// fitted to data anew. Throws vib::DataError, also where the files have changed so that they would be encoded
/// differently.
Dataset load_first_of_test(const DataConfig& config, const DataDescription& prepared, std::int64_t most);

}  // namespace vib
