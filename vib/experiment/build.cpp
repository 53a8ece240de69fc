#include "vib/experiment/build.h"

#include <algorithm>
#include <thread>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/utils.h>

#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/core/memory.h"
#include "vib/core/random.h"
#include "vib/experiment/check_training.h"

namespace vib {
namespace {

// Two threads begin to pay at twice this on a quiet machine of two cores: a sixth less time at 97 MFLOP, nothing at 35.
// A machine with other work makes many small kernels wait for each other, and takes several times as long
// (docs/performance.md).
constexpr double kFlopPerThread = 50e6;

std::int64_t core_count() { return std::max<std::int64_t>(std::thread::hardware_concurrency(), 1); }

VibModel assemble(const ModelConfig& o, const DataDescription& data) {
  if (const auto misfit = find_misfit(o.encoder, data))
    throw ConfigError(fmt::format("model.encoder.{}: {}", misfit->key, misfit->reason));
  const auto encoder = o.encoder.part().build(o.encoder.options(), data);
  const auto [likelihood, width] = o.likelihood.part().build(o.likelihood.options(), data);
  const auto latent = o.bottleneck.latent();
  VibModelOptions options(encoder.features, latent, width, likelihood);
  options.bottleneck(o.bottleneck).bottleneck().features(encoder.features);
  options.prior(o.prior.part().build(o.prior.options(), latent));
  options.decoder(o.decoder.part().build(o.decoder.options(), latent, likelihood.outputs(width)));
  return VibModel(encoder.backbone, options);
}

VibModel assemble_in_memory(const ExperimentConfig& config, const DataDescription& data) {
  try {
    return assemble(config.model, data);
  } catch (const c10::Error& e) {
    if (!is_out_of_memory(e)) throw;
    throw ConfigError(
        fmt::format("model: its weights do not fit into the {:.3g} GB of memory of this machine; lower {}",
                    total_memory() / 1e9, sizes_of_model(config)));
  }
}

}  // namespace

VibModel build_model(const ExperimentConfig& config, const DataDescription& data, torch::Device device) {
  torch::manual_seed(derive_seed(config.seed, Stream::initialisation));
  auto model = assemble_in_memory(config, data);
  const auto& initialization = config.model.initialization;
  initialization.part().apply(initialization.options(), *model);
  model->to(device);
  return model;
}

EvaluateOptions evaluate_options(const ExperimentConfig& config) {
  return EvaluateOptions().samples(config.evaluate.samples).batch_size(config.evaluate.batch_size).seed(config.seed);
}

Objective objective_of(const ExperimentConfig& config) {
  Objective objective(config.form.part().build(config.form.options()));
  config.regularisers.add_to(objective);
  return objective;
}

TrainerOptions trainer_options(const ExperimentConfig& config) {
  const auto order_seed = config.train.order_seed;
  return TrainerOptions()
      .epochs(config.train.epochs)
      .batch_size(config.train.batch_size)
      .drop_last(config.train.drop_last)
      .samples(config.samples)
      .objective(objective_of(config))
      .beta(beta_of(config.beta))
      .learning_rate(learning_rate_schedule(config.optimizer, config.train.epochs))
      .optimizer(config.optimizer.update)
      .ema(config.optimizer.ema)
      .precision(config.precision)
      .cuda_graph(config.train.cuda_graph)
      .monitor(config.train.monitor)
      .patience(config.train.patience)
      .evaluate(evaluate_options(config))
      .seed(config.seed)
      .order_seed(order_seed < 0 ? config.seed : static_cast<std::uint64_t>(order_seed));
}

torch::Device set_up_compute(const ExperimentConfig& config) {
  at::set_num_threads(static_cast<int>(config.threads > 0 ? config.threads : core_count()));
  return resolve_device(config.device);
}

void set_up_threads(const ExperimentConfig& config, const DataDescription& data, const VibModel& model,
                    std::int64_t models) {
  const auto flop = step_flop(model, data, config.train.batch_size) * static_cast<double>(models);
  at::set_num_threads(static_cast<int>(config.threads > 0 ? config.threads : threads_for(flop, core_count())));
}

std::int64_t threads_for(double flop, std::int64_t cores) {
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(flop / kFlopPerThread), 1, cores);
}

double step_flop(const VibModel& model, const DataDescription& data, std::int64_t batch) {
  // The places of an image, or of a text.
  double places = 1;
  for (std::size_t i = data.inputs == DataDescription::Inputs::kTokens ? 0 : 1; i < data.shape.size(); ++i)
    places *= static_cast<double>(data.shape[i]);
  double multiplications = 0;
  for (const auto& weight : model->parameters())
    if (weight.dim() > 1) multiplications += static_cast<double>(weight.numel()) * (weight.dim() > 2 ? places : 1);
  return 2 * 3 * multiplications * static_cast<double>(batch);
}

}  // namespace vib
