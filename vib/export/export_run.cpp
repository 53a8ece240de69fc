#include "vib/export/export_run.h"

#include <fmt/format.h>

#include "vib/config/suggestion.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/experiment/experiment.h"
#include "vib/export/network_graph.h"
#include "vib/nn/weights.h"
#include "vib/version.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

const ExportFormat& find_format(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& format : ExportFormat::all()) {
    if (format.name == name) return format;
    known.push_back(format.name);
  }
  throw ConfigError(fmt::format("--format: {}: no such format; allowed: {}", name, listed(known)));
}

void check_draws(const ExportFormat& format, std::int64_t draws) {
  if (format.write_graph || draws == 0) return;
  std::vector<std::string> graphs;
  for (const auto& other : ExportFormat::all())
    if (other.write_graph) graphs.push_back(other.name);
  throw ConfigError(
      fmt::format("--draws: a {} file holds weights, which draw nothing; use {}", format.name, listed(graphs)));
}

// `format`: what loaders of safetensors want to see of weights in PyTorch's layout.
ExportMetadata describe_network(const VibModelImpl& model, const ExperimentConfig& config, const DataDescription& data,
                                std::int64_t draws) {
  const auto& bottleneck = model.bottleneck->options;
  const Json inputs = to_json(data).at("inputs");
  ExportMetadata metadata = {{"format", "pt"},
                             {"vib_format", "1"},
                             {"vib_version", kVersion},
                             {"encoder", config.model.encoder.name()},
                             {"decoder", config.model.decoder.name()},
                             {"likelihood", model.likelihood().name()},
                             {"latent_dim", std::to_string(bottleneck.latent())},
                             {"deterministic", bottleneck.deterministic() ? "true" : "false"},
                             {"draws", std::to_string(bottleneck.deterministic() ? 0 : draws)},
                             {"inputs", inputs.get<std::string>()},
                             {"shape", Json(data.shape).dump()},
                             {"classes", std::to_string(data.classes)}};
  if (bottleneck.deterministic()) return metadata;
  const bool softplus = bottleneck.scale() == Scale::kSoftplus;
  metadata["latent_scale"] = softplus ? "softplus" : "log_variance";
  if (softplus) metadata["latent_shift"] = fmt::format("{}", bottleneck.shift());
  return metadata;
}

}  // namespace

ExportedFile export_run(const RunDirectory& run, const ExportOptions& options) {
  const auto& format = find_format(options.format);
  check_draws(format, options.draws);
  const auto config = run_config(run);
  const auto data = run_data(run);
  const auto model = load_model(run, torch::kCPU);
  const auto metadata = describe_network(*model, config, data, options.draws);

  ExportedFile done;
  done.file = options.file.empty() ? run.path() / format.file : options.file;
  const auto weights = copy_weights(*model);
  done.tensors = static_cast<std::int64_t>(weights.size());
  if (format.write_graph) {
    const auto graph = network_graph(model, data, options.draws);
    write_file_atomically(done.file, format.write_graph(graph, metadata));
    done.inputs = {graph.input};
    done.outputs = graph.outputs;
  } else {
    format.write_weights(done.file, weights, metadata);
  }
  done.bytes = fs::file_size(done.file);
  return done;
}

}  // namespace vib
