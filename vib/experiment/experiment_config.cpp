#include "vib/experiment/experiment_config.h"

#include <fmt/format.h>

#include "vib/evaluate/metric_info.h"
#include "vib/experiment/parts/limits.h"
#include "vib/experiment/value_of.h"

namespace vib {
namespace {

void describe(Section& s, GaussianBottleneckOptions& o) {
  s.field("dim", o.latent(), layer_size(), "K, the dimension of z");
  s.choice("covariance", o.covariance(),
           {{"diagonal", Covariance::kDiagonal, "a σ of each dimension"},
            {"full", Covariance::kFull, "a Cholesky factor of K (K + 1) / 2 numbers, for K up to 64"}},
           "which covariances q(z|x) may have");
  s.choice("scale", o.scale(),
           {{"log_variance", Scale::kLogVariance, "the encoder emits log σ²"},
            {"softplus", Scale::kSoftplus, "σ = softplus(s - shift), the paper's",
             [&](Section& s) {
               s.field("shift", o.shift(), at_least(-1000).at_most(1000), "σ starts near softplus(-shift)");
             }}},
           "how the encoder's second K numbers become standard deviations; with a full covariance, those of each "
           "dimension given the ones before it");
}

void describe(Section& s, ModelConfig& o) {
  s.field("deterministic", o.bottleneck.deterministic(), "z = μ and no rate: the same network without a bottleneck");
  s.section("encoder", "from the input to features",
            [&](Section& s) { o.encoder.describe(s, "type", "the network between the input and the bottleneck"); });
  s.section("latent", "the bottleneck: q(z|x)", [&](Section& s) { describe(s, o.bottleneck); });
  s.section("prior", "r(z)", [&](Section& s) { o.prior.describe(s, "type", "what the code is compared with"); });
  s.section("decoder", "q(y|z)", [&](Section& s) { o.decoder.describe(s, "type", "q(y|z)"); });
  s.section("likelihood", "what a target is, given z",
            [&](Section& s) { o.likelihood.describe(s, "type", "q(y|z): what the decoder's outputs mean"); });
  s.section("initialization", "weights at the start",
            [&](Section& s) { o.initialization.describe(s, "type", "weights at the start"); });
}

void describe(Section& s, Chosen<BetaPart>& o) {
  o.describe(s, "type", "how β moves");
  s.plain_value_means("type", "constant", "value");
}

void describe(Section& s, LearningRateConfig& o) {
  o.shape.describe(s, "type", "how the learning rate moves");
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
  s.field("weight_decay", o.update.weight_decay(), at_least(0).at_most(1e6),
          "L2 penalty (adam, sgd) or decoupled decay (adamw)");
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
  s.field("epochs", o.epochs, at_least(1).at_most(1e9), "passes over the training part");
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
  s.field("samples", o.samples, at_least(1).at_most(1e6), "draws of z per example");
  s.field("batch_size", o.batch_size, at_least(1), "examples at a time; bounds the memory");
}

void describe(Section& s, SweepConfig& o) {
  s.field("vary", o.vary,
          "axes, every combination of which is a trial: KEY=v1,v2,..., KEY=log:LO:HI:N or KEY=lin:LO:HI:N (N points "
          "from LO to HI), KEY=A..B (integers); the command line adds axes and replaces those of the same key");
  s.field(
      "cases", o.cases,
      "settings by name, {NAME: {KEY: VALUE, ...}, ...}, crossed with the axes; what a case sets does not vary in it, "
      "nor does β where it is deterministic. case=NAME,... on the command line takes only these");
  s.field("baseline", o.baseline,
          "adds the case {model.deterministic: true, objective.beta: 0}, named baseline: the deterministic model");
  s.field("max_replicas", o.max_replicas, at_least(0), "models trained as one at most; 0: as many as fit");
}

// The decoder once took the encoder's activation: a file that leaves it out, that of an old run say, may mean that.
void check_activations(const ModelConfig& o, const ConfigOrigins& origins) {
  const std::string key = "model.decoder.activation";
  const auto encoder = value_of(o.encoder, "type", "activation"), decoder = value_of(o.decoder, "type", "activation");
  if (encoder.empty() || decoder.empty() || encoder == decoder || origins.where(key) != "default") return;
  origins.fail(key, fmt::format("is needed beside model.encoder.activation: {0}, which the decoder does not take over; "
                                "write {1} or {0}",
                                encoder, decoder));
}

void check_covariance(const GaussianBottleneckOptions& o, const ConfigOrigins& origins) {
  if (o.covariance() == Covariance::kDiagonal || o.deterministic() || o.latent() <= kMaxFullLatent) return;
  origins.fail(
      "model.latent.dim",
      fmt::format("{} is more than model.latent.covariance: full can have, whose factor has K² numbers for each "
                  "example; allowed: at most {}, or model.latent.covariance: diagonal",
                  o.latent(), kMaxFullLatent));
}

// A density for each class needs classes, and is of no use without a rate.
void check_conditional_prior(const ExperimentConfig& c, const ConfigOrigins& origins) {
  if (!c.model.prior.part().conditional) return;
  const auto& name = c.model.prior.name();
  if (c.model.bottleneck.deterministic())
    origins.fail("model.prior.type", fmt::format("{}: a deterministic model has no rate to price; set "
                                                 "model.prior.type: standard_normal or model.deterministic: false",
                                                 name));
  if (c.data.target == "input")
    origins.fail("model.prior.type", fmt::format("{}: has a density for each class, and with data.target: input there "
                                                 "are none; use another prior",
                                                 name));
}

// What a single key cannot show.
void check(const ExperimentConfig& c, const ConfigOrigins& origins) {
  check(c.data, origins);
  if (c.train.patience > 0 && !c.data.holds_out())
    origins.fail("train.patience",
                 "early stopping needs a validation split, and data.validation is 0; hold examples "
                 "out (data.validation: auto) or set train.patience: 0");
  if (c.optimizer.update.type() == UpdateRule::kSgd && c.optimizer.update.nesterov() &&
      c.optimizer.update.momentum() == 0)
    origins.fail("optimizer.nesterov", "true needs optimizer.momentum above 0");
  check_activations(c.model, origins);
  check_covariance(c.model.bottleneck, origins);
  check_conditional_prior(c, origins);
  check(c.information, c.train.epochs, origins);
  if (const auto& part = c.data.set.part(); part.known_inputs) {
    const auto inputs = part.known_inputs(c.data.set.options());
    if (const auto misfit = find_misfit(c.model.encoder, inputs))
      origins.fail("model.encoder." + misfit->key, misfit->reason);
    if (const auto misfit = find_misfit(c.model.prior, inputs))
      origins.fail("model.prior." + misfit->key, misfit->reason);
  }
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
  // LibTorch's threads end the program where the system has no room for them.
  s.field("threads", o.threads, at_least(0).at_most(1024),
          "CPU threads; 0: as many as a training step keeps busy, up to one per core. CPU results depend on it");
  s.section("data", "what is learned from", [&](Section& s) { describe(s, o.data); });
  s.section("model", "the network", [&](Section& s) { describe(s, o.model); });
  s.section("objective", "what is minimised: distortion + β rate", [&](Section& s) {
    o.form.describe(s, "form", "what the rate costs");
    s.section("beta", "weight of the rate", [&](Section& s) { describe(s, o.beta); });
    s.field("samples", o.samples, at_least(1).at_most(1e6), "draws of z per example in training");
    o.regularisers.describe(s);
  });
  s.section("optimizer", "how it is minimised", [&](Section& s) { describe(s, o.optimizer); });
  s.section("train", "the loop", [&](Section& s) { describe(s, o.train); });
  s.section("evaluate", "how a split becomes numbers", [&](Section& s) { describe(s, o.evaluate); });
  s.section("information", "what the layers know, looked at while they are trained",
            [&](Section& s) { describe(s, o.information); });
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
  config.data.targets_chosen = origins.where("data.targets") != "default";
  return config;
}

std::string dump_experiment_config(ExperimentConfig config) {
  return dump_config([&](Section& s) { describe(s, config); });
}

Beta beta_of(const Chosen<BetaPart>& beta) { return beta.part().build(beta.options()); }

Schedule learning_rate_schedule(const OptimizerConfig& o, std::int64_t epochs) {
  const auto& shape = o.schedule.shape;
  return warmup(shape.part().build(shape.options(), o.lr, epochs), o.schedule.warmup);
}

}  // namespace vib
