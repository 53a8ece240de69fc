#pragma once

#include <filesystem>
#include <string>

#include "vib/core/json.h"
#include "vib/data/download/catalog.h"

namespace vib::app {

/// What `vib data info` tells: numbers, and examples drawn for the terminal that stdout is.
struct DataInfo {
  Json numbers;
  std::string text;  ///< the same for people, with the examples
};

/// Reads the data set in `root`. Throws vib::DataError where it is not there, or damaged.
DataInfo describe_data(const CatalogEntry& entry, const std::filesystem::path& root);

}  // namespace vib::app
