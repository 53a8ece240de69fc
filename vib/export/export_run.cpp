#include "vib/export/export_run.h"

#include <algorithm>

#include <fmt/format.h>

#include "vib/config/suggestion.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/experiment/experiment.h"
#include "vib/export/network_graph.h"
#include "vib/nn/weights.h"
#include "vib/serve/served_runs.h"
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
  metadata["latent_covariance"] = bottleneck.covariance() == Covariance::kFull ? "full" : "diagonal";
  const bool softplus = bottleneck.scale() == Scale::kSoftplus;
  metadata["latent_scale"] = softplus ? "softplus" : "log_variance";
  if (softplus) metadata["latent_shift"] = fmt::format("{}", bottleneck.shift());
  return metadata;
}

}  // namespace

ExportedFile export_run(const fs::path& run, const ExportOptions& options) {
  const auto& format = find_format(options.format);
  check_draws(format, options.draws);
  const auto served = find_runs(run, options.setting);
  const auto& first = served.runs.front();
  std::vector<VibModel> members;
  for (const auto& member : served.runs) members.push_back(load_model(member, torch::kCPU));
  const auto data = run_data(first);
  auto metadata = describe_network(*members.front(), run_config(first), data, options.draws);
  if (served.sweep) metadata.insert({{"members", std::to_string(members.size())}, {"setting", served.setting}});

  ExportedFile done;
  done.diverged = served.diverged;
  done.file = options.file.empty() ? run / format.file : options.file;
  if (format.write_graph) {
    const auto graph = network_graph(members, data, options.draws);
    write_file_atomically(done.file, format.write_graph(graph, metadata));
    done.tensors = static_cast<std::int64_t>(graph.weights.size());
    done.inputs = {graph.input};
    done.outputs = graph.outputs;
    const auto is_rate = [](const Port& port) { return port.name == "rate_bits"; };
    if (!members.front()->deterministic() && std::ranges::none_of(graph.outputs, is_rate))
      done.without_rate = run_config(first).model.prior.name();
  } else {
    if (served.sweep)
      throw ConfigError(fmt::format("--format: {}: a file of weights holds those of one run; give one, SWEEP/runs/NAME",
                                    format.name));
    const auto weights = copy_weights(*members.front());
    done.tensors = static_cast<std::int64_t>(weights.size());
    format.write_weights(done.file, weights, metadata);
  }
  if (fs::is_regular_file(done.file)) done.bytes = fs::file_size(done.file);
  return done;
}

}  // namespace vib
