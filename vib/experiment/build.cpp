#include "vib/experiment/build.h"

#include <algorithm>
#include <thread>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/utils.h>

#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/core/random.h"

namespace vib {
namespace {

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

}  // namespace

VibModel build_model(const ExperimentConfig& config, const DataDescription& data, torch::Device device) {
  torch::manual_seed(derive_seed(config.seed, Stream::initialisation));
  auto model = assemble(config.model, data);
  const auto& initialization = config.model.initialization;
  initialization.part().apply(initialization.options(), *model);
  model->to(device);
  return model;
}

EvaluateOptions evaluate_options(const ExperimentConfig& config) {
  return EvaluateOptions().samples(config.evaluate.samples).batch_size(config.evaluate.batch_size).seed(config.seed);
}

TrainerOptions trainer_options(const ExperimentConfig& config) {
  const auto order_seed = config.train.order_seed;
  return TrainerOptions()
      .epochs(config.train.epochs)
      .batch_size(config.train.batch_size)
      .drop_last(config.train.drop_last)
      .samples(config.samples)
      .objective(Objective(config.form.part().build(config.form.options())))
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
  const auto cores = static_cast<std::int64_t>(std::thread::hardware_concurrency());
  at::set_num_threads(static_cast<int>(config.threads > 0 ? config.threads : std::max<std::int64_t>(cores, 1)));
  return resolve_device(config.device);
}

}  // namespace vib
