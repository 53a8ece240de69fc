#include "vib/experiment/build.h"

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/utils.h>

#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/core/random.h"
#include "vib/nn/encoder/conv.h"
#include "vib/nn/encoder/mlp.h"
#include "vib/nn/encoder/text_cnn.h"
#include "vib/nn/encoder/text_mean.h"
#include "vib/nn/initialization.h"

namespace vib {
namespace {

using Inputs = DataDescription::Inputs;

// What a likelihood is of, as a message says it.
std::string targets_of(const DataDescription& data) {
  if (data.reconstructs) return "the inputs";
  return data.classes > 0 ? fmt::format("{} classes", data.classes) : fmt::format("{} values", data.values);
}

[[noreturn]] void does_not_fit(const char* key, std::string_view value, const std::string& reason) {
  throw ConfigError(fmt::format("{}: {}: {}", key, value, reason));
}

Likelihood likelihood_of(const LikelihoodConfig& o, const DataDescription& data) {
  constexpr const char* kKey = "model.likelihood.type";
  const bool bytes = data.inputs == Inputs::kBytes;
  if (o.type == "auto") {
    if (data.classes > 0) return Likelihood::categorical();
    return data.reconstructs && bytes ? Likelihood::shades() : Likelihood::gaussian();
  }
  if (o.type == "categorical") {
    if (data.classes > 0) return Likelihood::categorical();
    does_not_fit(kKey, o.type, fmt::format("needs targets that are classes; these are {}", targets_of(data)));
  }
  if (o.type == "bernoulli") {
    if (data.reconstructs && bytes) return Likelihood::shades();
    if (data.classes == 0 && !data.shares)
      does_not_fit(kKey, o.type, "needs labels of 0 and 1; the targets hold other values: use gaussian");
    if (!data.reconstructs && (data.classes == 2 || data.classes == 0)) return Likelihood::bernoulli();
    does_not_fit(
        kKey, o.type,
        fmt::format("needs two classes, labels, or pixels to reconstruct; the targets are {}", targets_of(data)));
  }
  if (data.classes > 0) does_not_fit(kKey, o.type, fmt::format("needs values; the targets are {}", targets_of(data)));
  return o.type == "gaussian" ? Likelihood::gaussian(o.variance) : Likelihood::gaussian_learned();
}

// Two classes are one Bernoulli label; otherwise a class, a label or a value has an output of its own.
std::int64_t width_of(const LikelihoodConfig& o, const DataDescription& data) {
  if (data.classes == 0) return data.values;
  return o.type == "bernoulli" ? 1 : data.classes;
}

template <typename Encoder>
VibModel join(Encoder encoder, const ModelConfig& o, const DataDescription& data) {
  VibModelOptions options(encoder->options.features(), o.latent.dim, width_of(o.likelihood, data),
                          likelihood_of(o.likelihood, data));
  options.bottleneck().scale(o.latent.scale).shift(o.latent.shift).deterministic(o.deterministic);
  if (o.decoder.type == "mlp") options.decoder().hidden(o.decoder.hidden).activation(o.encoder.activation);
  return VibModel(encoder, options);
}

VibModel assemble(const ModelConfig& o, const DataDescription& data) {
  constexpr const char* kKey = "model.encoder.type";
  const auto& e = o.encoder;
  const bool reads_words = e.type == "text_cnn" || e.type == "text_mean";
  if (reads_words != (data.inputs == Inputs::kTokens))
    does_not_fit(kKey, e.type,
                 reads_words ? "reads words, and the data are numbers; use mlp or conv"
                             : "reads numbers, and the data are words; use text_cnn or text_mean");
  if (e.type == "text_cnn") {
    if (data.shape.size() != 1 || data.shape[0] < e.width)
      does_not_fit("model.encoder.width", fmt::format("{}", e.width),
                   fmt::format("more words than a text of [{}] has", fmt::join(data.shape, ", ")));
    return join(
        TextCnn(
            TextCnnOptions(data.tokens).embedding(e.embedding).filters(e.filters).width(e.width).dropout(e.dropout)),
        o, data);
  }
  if (e.type == "text_mean")
    return join(TextMean(TextMeanOptions(data.tokens)
                             .embedding(e.embedding)
                             .hidden(e.hidden)
                             .activation(e.activation)
                             .dropout(e.dropout)),
                o, data);
  if (e.type == "conv") {
    if (data.shape.size() != 3)
      does_not_fit(
          kKey, e.type,
          fmt::format("needs images [channels, height, width]; an input is [{}]", fmt::join(data.shape, ", ")));
    if ((std::min(data.shape[1], data.shape[2]) >> e.channels.size()) < 1)
      does_not_fit(
          "model.encoder.channels", fmt::format("{}", e.channels.size()),
          fmt::format("so many convolutions halve an image of {} x {} to nothing", data.shape[1], data.shape[2]));
    return join(ConvEncoder(ConvEncoderOptions(data.shape[0], data.shape[1], data.shape[2])
                                .channels(e.channels)
                                .hidden(e.hidden)
                                .activation(e.activation)
                                .dropout(e.dropout)),
                o, data);
  }
  return join(Mlp(MlpOptions(data.numel()).hidden(e.hidden).activation(e.activation).dropout(e.dropout)), o, data);
}

}  // namespace

VibModel build_model(const ExperimentConfig& config, const DataDescription& data, torch::Device device) {
  torch::manual_seed(derive_seed(config.seed, Stream::initialisation));
  auto model = assemble(config.model, data);
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
