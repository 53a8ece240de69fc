#include "vib/experiment/build.h"

#include <cstdlib>
#include <thread>

#include <ATen/Parallel.h>
#include <torch/utils.h>

#include "vib/core/device.h"
#include "vib/core/random.h"
#include "vib/data/digits.h"
#include "vib/data/mnist.h"
#include "vib/nn/conv_encoder.h"
#include "vib/nn/initialization.h"
#include "vib/nn/mlp.h"

namespace vib {
namespace {

// Which examples are held out is the data's affair, not the model's: every seed is judged on the same ones.
constexpr std::uint64_t kSplitSeed = 0;

DataSplits load_named(const DataConfig& o) {
  if (o.name == "mnist")
    return load_mnist(MnistOptions(data_root(o)).validation(o.validation).seed(kSplitSeed).low(o.low).high(o.high));
  return make_digits({o.train, o.test, o.validation, o.seed, o.low, o.high});
}

template <typename Encoder>
VibClassifier join(Encoder encoder, const ModelConfig& o, std::int64_t classes) {
  VibClassifierOptions options(encoder->options.features(), o.latent.dim, classes);
  options.bottleneck().scale(o.latent.scale).shift(o.latent.shift).deterministic(o.deterministic);
  if (o.decoder.type == "mlp") options.decoder().hidden(o.decoder.hidden).activation(o.encoder.activation);
  return VibClassifier(encoder, options);
}

VibClassifier assemble(const ModelConfig& o, const DataShape& shape) {
  if (o.encoder.type == "conv")
    return join(ConvEncoder(ConvEncoderOptions(shape.channels, shape.height, shape.width)
                                .channels(o.encoder.channels)
                                .hidden(o.encoder.hidden)
                                .activation(o.encoder.activation)),
                o, shape.classes);
  return join(Mlp(MlpOptions(shape.channels * shape.height * shape.width)
                      .hidden(o.encoder.hidden)
                      .activation(o.encoder.activation)),
              o, shape.classes);
}

}  // namespace

DataShape data_shape(const DataConfig&) { return {}; }

std::filesystem::path data_root(const DataConfig& config) {
  if (!config.root.empty()) return config.root;
  const char* folder = std::getenv("VIB_DATA_DIR");
  return std::filesystem::path(folder != nullptr && *folder != '\0' ? folder : "data") / config.name;
}

DataSplits load_data(const DataConfig& config, torch::Device device) {
  auto splits = load_named(config);
  return {splits.train.to(device), splits.validation.to(device), splits.test.to(device)};
}

VibClassifier build_model(const ExperimentConfig& config, torch::Device device) {
  torch::manual_seed(derive_seed(config.seed, Stream::initialisation));
  auto model = assemble(config.model, data_shape(config.data));
  if (config.model.initialization.type == "xavier_uniform")
    initialize_xavier_uniform(*model, config.model.initialization.gain);
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
      .beta(beta_schedule(config.beta))
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
