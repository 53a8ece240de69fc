#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "vib/experiment/run_directory.h"
#include "vib/export/graph.h"

namespace vib {

enum class ExportFormat { kTorchScript, kOnnx, kSafetensors };

struct ExportOptions {
  ExportFormat format = ExportFormat::kTorchScript;
  std::filesystem::path file;  ///< empty: `model.torchscript.pt`, `model.onnx` or `model.safetensors` of the run
  std::int64_t draws = 0;      ///< of z for a prediction; 0: z = μ
};

/// What was written.
struct ExportedFile {
  std::filesystem::path file;
  std::uintmax_t bytes = 0;
  std::int64_t tensors = 0;           ///< weights in it
  std::vector<Port> inputs, outputs;  ///< none of safetensors, which are weights alone
};

/// Writes a finished run's averaged weights, or the network that computes with them (see network_graph()), for other
/// programs; atomically. What the network is, stands in the file's metadata, as strings. Throws vib::StateError where
/// the run is not finished, its network cannot be exported or the file not be written, and vib::ConfigError for draws
/// of safetensors.
ExportedFile export_run(const RunDirectory& run, const ExportOptions& options);

}  // namespace vib
