#include "vib/experiment/experiment_config.h"

#include <cmath>

#include <fmt/format.h>

#include "vib/evaluate/metric_info.h"

namespace vib {
namespace {

void describe_activation(Section& s, Activation& activation) {
  s.choice("activation", activation,
           {{"relu", Activation::kRelu, ""},
            {"gelu", Activation::kGelu, ""},
            {"silu", Activation::kSilu, ""},
            {"tanh", Activation::kTanh, ""}},
           "behind every hidden layer");
}

void describe(Section& s, EncoderConfig& o) {
  const auto embedding = [&](Section& s) {
    s.field("embedding", o.embedding, at_least(1), "numbers that stand for a word");
  };
  s.choice(
      "type", o.type,
      {{"mlp", "fully connected layers", nullptr},
       {"conv", "3x3 convolutions, each with a 2x2 max pool, then fully connected layers",
        [&](Section& s) { s.field("channels", o.channels, each(at_least(1)), "output channels of the convolutions"); }},
       {"text_cnn", "words: embedding, 1-d convolution, maximum over time with padding masked (Kim 2014)",
        [&](Section& s) {
          embedding(s);
          s.field("filters", o.filters, at_least(1), "filters of the convolution");
          s.field("width", o.width, at_least(1), "words that a filter sees at a time");
        }},
       {"text_mean", "words: the mean of their embeddings, then fully connected layers; fast", embedding}},
      "the network between the input and the bottleneck");
  s.field("hidden", o.hidden, each(at_least(1)).or_empty(), "widths of the fully connected layers; text_cnn has none");
  describe_activation(s, o.activation);
  s.field("dropout", o.dropout, at_least(0).below(1),
          "share of hidden units, of texts the features, that are dropped in training");
}

void describe(Section& s, LatentConfig& o) {
  s.field("dim", o.dim, at_least(1), "K, the dimension of z");
  s.choice("scale", o.scale,
           {{"log_variance", Scale::kLogVariance, "the encoder emits log σ²"},
            {"softplus", Scale::kSoftplus, "σ = softplus(s - shift), the paper's",
             [&](Section& s) { s.field("shift", o.shift, any_number(), "σ starts near softplus(-shift)"); }}},
           "how the encoder's second half becomes a standard deviation");
}

void describe(Section& s, DecoderConfig& o) {
  s.choice("type", o.type,
           {{"linear", "W z + b, the paper's"},
            {"mlp", "hidden layers first",
             [&](Section& s) { s.field("hidden", o.hidden, each(at_least(1)), "widths of the hidden layers"); }}},
           "q(y|z)");
}

void describe(Section& s, LikelihoodConfig& o) {
  s.choice("type", o.type,
           {{"auto", "categorical for classes, bernoulli for pixels to reconstruct, gaussian for other values"},
            {"categorical", "softmax: one of several classes"},
            {"bernoulli", "sigmoid: one label of two classes, several labels, or the shades of pixels"},
            {"gaussian", "mean-squared error as a likelihood, with a fixed variance",
             [&](Section& s) { s.field("variance", o.variance, above(0), "σ² of every value"); }},
            {"gaussian_learned", "the decoder gives each value's log σ² too"}},
           "q(y|z): what the decoder's outputs mean");
}

void describe(Section& s, InitializationConfig& o) {
  s.choice("type", o.type,
           {{"xavier_uniform", "Glorot & Bengio (2010), biases 0",
             [&](Section& s) { s.field("gain", o.gain, above(0), "scales the weights; 1 is the paper's"); }},
            {"default", "LibTorch's own"}},
           "weights at the start");
}

void describe(Section& s, ModelConfig& o) {
  s.field("deterministic", o.deterministic, "z = μ and no rate: the same network without a bottleneck");
  s.section("encoder", "from the input to features", [&](Section& s) { describe(s, o.encoder); });
  s.section("latent", "the bottleneck: q(z|x)", [&](Section& s) { describe(s, o.latent); });
  s.section("decoder", "q(y|z)", [&](Section& s) { describe(s, o.decoder); });
  s.section("likelihood", "what a target is, given z", [&](Section& s) { describe(s, o.likelihood); });
  s.section("initialization", "weights at the start", [&](Section& s) { describe(s, o.initialization); });
}

void describe(Section& s, BetaConfig& o) {
  const auto ramp = [&](Section& s) {
    s.field("from", o.from, at_least(0), "β at the start");
    s.field("to", o.to, at_least(0), "β at the end of the ramp and after it");
    s.field("epochs", o.epochs, above(0), "length of the ramp; of a period for cyclic");
  };
  s.choice("type", o.type,
           {{"constant", "the same throughout",
             [&](Section& s) { s.field("value", o.value, at_least(0), "β, unit-free: both terms are in nats"); }},
            {"linear", "a straight ramp, then constant", ramp},
            {"cosine", "half a cosine, then constant", ramp},
            {"cyclic", "each period rises over its first half and stays for the rest (Fu et al. 2019)", ramp},
            {"exponential", "a geometric ramp, then constant",
             [&](Section& s) {
               s.field("from", o.from_positive, above(0), "β at the start, above 0");
               s.field("to", o.to_positive, above(0), "β at the end of the ramp and after it");
               s.field("epochs", o.epochs, above(0), "length of the ramp");
             }},
            {"piecewise", "linear between points",
             [&](Section& s) {
               s.points("points", o.points, "epoch", at_least(0), "value", at_least(0),
                        "[[epoch, β], ...]; constant before the first and after the last");
             }}},
           "how β moves");
  s.plain_value_means("type", "constant", "value");
}

void describe(Section& s, LearningRateConfig& o) {
  s.choice("type", o.type,
           {{"constant", "lr throughout"},
            {"staircase", "lr · factor^floor(epoch / every), the paper's",
             [&](Section& s) {
               s.field("factor", o.factor, above(0), "multiplies the learning rate");
               s.field("every", o.every, above(0), "epochs between multiplications");
             }},
            {"step", "lr multiplied at given epochs",
             [&](Section& s) {
               s.field("milestones", o.milestones, each(at_least(0)).increasing(), "epochs");
               s.field("factor", o.factor, above(0), "multiplies the learning rate at each");
             }},
            {"cosine", "half a cosine from lr down to lr · final at the last epoch",
             [&](Section& s) { s.field("final", o.final, at_least(0).at_most(1), "share of lr left at the end"); }}},
           "how the learning rate moves");
  s.field("warmup", o.warmup, at_least(0), "epochs of a linear ramp from 0 in front, times the rest");
}

void describe(Section& s, OptimizerConfig& o) {
  const auto adam = [&](Section& s) {
    auto& [beta1, beta2] = o.update.betas();
    s.pair("betas", beta1, beta2, each(at_least(0).below(1)), "decay of the two moments");
    s.field("eps", o.update.eps(), above(0), "added to the root of the second moment");
  };
  s.choice("type", o.update.type(),
           {{"adam", UpdateRule::kAdam, "Kingma & Ba (2015)", adam},
            {"adamw", UpdateRule::kAdamW, "Loshchilov & Hutter (2019)", adam},
            {"sgd", UpdateRule::kSgd, "gradient descent with momentum",
             [&](Section& s) {
               s.field("momentum", o.update.momentum(), at_least(0).below(1), "decay of the running gradient");
               s.field("nesterov", o.update.nesterov(), "Nesterov's form; needs momentum above 0");
             }}},
           "the update rule");
  s.field("lr", o.lr, above(0), "learning rate");
  s.field("weight_decay", o.update.weight_decay(), at_least(0), "L2 penalty (adam, sgd) or decoupled decay (adamw)");
  s.field("clip_norm", o.update.clip_norm(), at_least(0), "longest gradient allowed; 0: no limit");
  s.section("schedule", "how the learning rate moves", [&](Section& s) { describe(s, o.schedule); });
  s.field("ema", o.ema, at_least(0).below(1), "decay of the weights' moving average, bias corrected; 0: none");
}

std::vector<Section::Case> monitors() {
  std::vector<Section::Case> cases = {{"auto", "loss_bits where the inputs are reconstructed, else nll_bits"}};
  for (const auto& info : metric_infos())
    if (info.better != Better::kNeither) cases.push_back({info.key, info.words});
  cases.push_back({"loss_bits", "the objective"});
  return cases;
}

void describe(Section& s, TrainConfig& o) {
  s.field("epochs", o.epochs, at_least(1), "passes over the training part");
  s.field("batch_size", o.batch_size, at_least(1), "examples per step");
  s.field("drop_last", o.drop_last, "leaves out the last batch of an epoch where it is smaller");
  s.choice("monitor", o.monitor, monitors(), "the validation number that chooses the best epoch");
  s.field("patience", o.patience, at_least(0), "stops after this many epochs without a better one; 0: never");
  s.choice("cuda_graph", o.cuda_graph,
           {{"auto", CudaGraph::kAuto, "on a CUDA device, unless the network cannot be recorded"},
            {"true", CudaGraph::kOn, "or an error"},
            {"false", CudaGraph::kOff, ""}},
           "records the training step as one CUDA graph");
  s.field("order_seed", o.order_seed, at_least(-1),
          "of the order of the data; -1: follows seed. The trials of a sweep share one, the base's seed");
  s.field("checkpoint_seconds", o.checkpoint_seconds, at_least(0),
          "a checkpoint is written behind an epoch when the last one is this old, and at the end");
  s.field("tensorboard", o.tensorboard, "writes the numbers of metrics.jsonl as an event file of TensorBoard too");
}

void describe(Section& s, EvaluateConfig& o) {
  s.field("samples", o.samples, at_least(1), "draws of z per example");
  s.field("batch_size", o.batch_size, at_least(1), "examples at a time; bounds the memory");
}

void describe(Section& s, SweepConfig& o) {
  s.field("vary", o.vary,
          "axes, every combination of which is a trial: KEY=v1,v2,..., KEY=log:LO:HI:N or KEY=lin:LO:HI:N (N points "
          "from LO to HI), KEY=A..B (integers); the command line adds axes and replaces those of the same key");
  s.field("baseline", o.baseline,
          "adds the deterministic model (β = 0, no noise) for every seed and every combination of the other keys");
  s.field("max_replicas", o.max_replicas, at_least(0), "models trained as one at most; 0: as many as fit");
}

// What a single key cannot show.
void check(const ExperimentConfig& c, const ConfigOrigins& origins) {
  check(c.data, origins);
  if (c.train.patience > 0 && c.data.validation == 0)
    origins.fail("train.patience",
                 "early stopping needs a validation split, and data.validation is 0; hold examples "
                 "out (data.validation: 5000) or set train.patience: 0");
  if (c.optimizer.update.type() == UpdateRule::kSgd && c.optimizer.update.nesterov() &&
      c.optimizer.update.momentum() == 0)
    origins.fail("optimizer.nesterov", "true needs optimizer.momentum above 0");
  if ((c.data.name == "digits" || c.data.name == "mnist") && c.model.encoder.type == "conv" &&
      (28 >> c.model.encoder.channels.size()) < 1)
    origins.fail("model.encoder.channels", fmt::format("{} convolutions halve a 28x28 image to nothing; at most 4",
                                                       c.model.encoder.channels.size()));
}

}  // namespace

void describe(Section& s, ExperimentConfig& o) {
  s.field("seed", o.seed,
          "of initialisation, data order, noise, dropout and evaluation, each with a stream of its own");
  s.field("device", o.device, matching("auto|cpu|cuda(:[0-9]+)?", "auto, cpu, cuda or cuda:N"),
          "auto: CUDA where there is one");
  s.choice("precision", o.precision,
           {{"float32", Precision::kFloat32, ""},
            {"bfloat16", Precision::kBfloat16, "matrix products only; μ, σ, rate and cross-entropy stay float32"}},
           "of the matrix products");
  s.field("threads", o.threads, at_least(0), "CPU threads; 0: one per core. CPU results depend on it");
  s.section("data", "what is learned from", [&](Section& s) { describe(s, o.data); });
  s.section("model", "the network", [&](Section& s) { describe(s, o.model); });
  s.section("objective", "what is minimised: distortion + β rate", [&](Section& s) {
    s.section("beta", "weight of the rate", [&](Section& s) { describe(s, o.beta); });
    s.field("samples", o.samples, at_least(1), "draws of z per example in training");
  });
  s.section("optimizer", "how it is minimised", [&](Section& s) { describe(s, o.optimizer); });
  s.section("train", "the loop", [&](Section& s) { describe(s, o.train); });
  s.section("evaluate", "how a split becomes numbers", [&](Section& s) { describe(s, o.evaluate); });
}

void describe_with_sweep(Section& s, ExperimentConfig& config, SweepConfig& sweep) {
  describe(s, config);
  s.section("sweep", "what `vib sweep` varies over all this", [&](Section& s) { describe(s, sweep); });
}

ExperimentConfig load_experiment_config(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  ExperimentConfig config;
  SweepConfig sweep;
  const auto origins = load_config(file, overrides, [&](Section& s) { describe_with_sweep(s, config, sweep); });
  check(config, origins);
  return config;
}

std::string dump_experiment_config(ExperimentConfig config) {
  return dump_config([&](Section& s) { describe(s, config); });
}

Schedule beta_schedule(const BetaConfig& o) {
  if (o.type == "linear") return linear(o.from, o.to, o.epochs);
  if (o.type == "cosine") return cosine(o.from, o.to, o.epochs);
  if (o.type == "cyclic") return cyclic(o.from, o.to, o.epochs);
  if (o.type == "exponential") return exponential(o.from_positive, o.to_positive, o.epochs);
  if (o.type == "piecewise") return piecewise(o.points);
  return constant(o.value);
}

Schedule learning_rate_schedule(const OptimizerConfig& o, std::int64_t epochs) {
  const auto& s = o.schedule;
  const auto moving = [&] {
    if (s.type == "staircase") return staircase(o.lr, s.factor, s.every);
    if (s.type == "step") return multistep(o.lr, s.milestones, s.factor);
    if (s.type == "cosine") return cosine(o.lr, o.lr * s.final, static_cast<double>(epochs));
    return constant(o.lr);
  };
  return warmup(moving(), s.warmup);
}

}  // namespace vib
