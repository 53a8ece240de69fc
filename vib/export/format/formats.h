#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "vib/core/tensor_file.h"
#include "vib/export/graph.h"

namespace vib {

/// What the network is, by name: goes into every file.
using ExportMetadata = std::map<std::string, std::string>;

/// A format of `vib export`: it holds the network as a graph, or its weights alone. One of the two writers is given.
struct ExportFormat {
  std::string name;
  std::string meaning;
  std::string file;  ///< its usual name in a run's directory
  /// The bytes of the file.
  std::function<std::string(const Graph& graph, const ExportMetadata& metadata)> write_graph;
  std::function<void(const std::filesystem::path& file, const TensorMap& weights, const ExportMetadata& metadata)>
      write_weights;

  static const std::vector<ExportFormat>& all();
};

}  // namespace vib
