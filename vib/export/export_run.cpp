#include "vib/export/export_run.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/data/format/safetensors.h"
#include "vib/experiment/experiment.h"
#include "vib/export/network_graph.h"
#include "vib/export/onnx.h"
#include "vib/export/torchscript.h"
#include "vib/nn/weights.h"
#include "vib/version.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

const char* default_name(ExportFormat format) {
  switch (format) {
    case ExportFormat::kTorchScript: return "model.torchscript.pt";
    case ExportFormat::kOnnx: return "model.onnx";
    case ExportFormat::kSafetensors: return "model.safetensors";
  }
  throw StateError("unknown format of an exported model");
}

const char* name_of(Likelihood::Family family) {
  switch (family) {
    case Likelihood::Family::kCategorical: return "categorical";
    case Likelihood::Family::kBernoulli:
    case Likelihood::Family::kShades: return "bernoulli";
    case Likelihood::Family::kGaussian: return "gaussian";
    case Likelihood::Family::kGaussianLearned: return "gaussian_learned";
  }
  throw StateError("unknown likelihood");
}

using Metadata = std::map<std::string, std::string>;

// `format`: what loaders of safetensors want to see of weights in PyTorch's layout.
Metadata describe_network(const VibModelImpl& model, const ExperimentConfig& config, const DataDescription& data,
                          std::int64_t draws) {
  const auto& bottleneck = model.bottleneck->options;
  const Json inputs = to_json(data).at("inputs");
  Metadata metadata = {{"format", "pt"},
                       {"vib_format", "1"},
                       {"vib_version", kVersion},
                       {"encoder", config.model.encoder.name()},
                       {"decoder", config.model.decoder.name()},
                       {"likelihood", name_of(model.likelihood().family())},
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
  if (options.format == ExportFormat::kSafetensors && options.draws > 0)
    throw ConfigError("--draws: a safetensors file holds weights, which draw nothing; use torchscript or onnx");
  const auto config = run_config(run);
  const auto data = run_data(run);
  const auto model = load_model(run, torch::kCPU);
  const auto metadata = describe_network(*model, config, data, options.draws);

  ExportedFile done;
  done.file = options.file.empty() ? run.path() / default_name(options.format) : options.file;
  const auto weights = copy_weights(*model);
  done.tensors = static_cast<std::int64_t>(weights.size());
  if (options.format == ExportFormat::kSafetensors) {
    write_safetensors(done.file, weights, metadata);
  } else {
    const auto graph = network_graph(model, data, options.draws);
    auto* const write = options.format == ExportFormat::kOnnx ? to_onnx : to_torchscript;
    write_file_atomically(done.file, write(graph, metadata));
    done.inputs = {graph.input};
    done.outputs = graph.outputs;
  }
  done.bytes = fs::file_size(done.file);
  return done;
}

}  // namespace vib
