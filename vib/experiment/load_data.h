#pragma once

#include <filesystem>

#include <torch/types.h>

#include "vib/data/dataset.h"
#include "vib/experiment/data_description.h"
#include "vib/experiment/experiment_config.h"

namespace vib {

/// `data.root`, or where it is looked for when that is empty: $VIB_DATA_DIR/NAME, else data/NAME; the
/// current folder for data of one's own.
std::filesystem::path data_root(const DataConfig& config);

struct ExperimentData {
  DataSplits splits;
  DataDescription description;
};

/// Reads the configured data. Which examples are held out does not depend on any seed of the experiment: every model is
/// judged on the same ones. Throws vib::DataError.
ExperimentData load_data(const DataConfig& config, torch::Device device);

}  // namespace vib
