#include "vib/experiment/experiment_config.h"

#include <cmath>

#include <fmt/format.h>

namespace vib {
namespace {

void describe_targets(Section& s, OwnDataConfig& o) {
  s.choice("targets", o.targets,
           {{"classes", TargetKind::classes, "one of several"}, {"values", TargetKind::values, "one or more numbers"}},
           "what the targets are");
  s.field("standardize", o.standardize, "makes each input 0 on average and 1 in deviation, by the training part alone");
}

void describe_tensors(Section& s, OwnDataConfig& o) {
  s.field("train_inputs", o.train_inputs,
          "a file that holds [N, ...]: .npy, .npz:NAME, .pt:NAME or .safetensors:NAME; bytes, numbers or token ids");
  s.field("train_targets", o.train_targets, "[N] whole numbers from 0, or values [N] or [N, D]");
  s.field("test_inputs", o.test_inputs, "the same of the test part; empty: data.test examples are taken for it");
  s.field("test_targets", o.test_targets, "");
  s.field("test", o.test, at_least(0), "examples taken at random for the test part where there is no file of it");
  describe_targets(s, o);
}

void describe_table(Section& s, OwnDataConfig& o) {
  s.field("train_file", o.train_file, "a CSV file (RFC 4180) with a header");
  s.field("test_file", o.test_file, "the same of the test part; empty: data.test_share of the rows, at random");
  s.field("test_share", o.test_share, at_least(0).below(1), "share of the rows for the test part");
  s.field("target_columns", o.target_columns, "one column of classes, or one or more of values");
  s.field("numeric", o.numeric, "columns that are numbers; by default those whose every training value is one");
  s.field("categorical", o.categorical, "columns that are categories, each category an input of 0 or 1");
  s.field("ignore", o.ignore, "columns that are no inputs");
  s.field("separator", o.separator, matching(".", "one character"), "between the fields");
  s.choice("missing", o.missing,
           {{"error", Missing::error, "names line and column"},
            {"drop", Missing::drop, "leaves the row out"},
            {"mean", Missing::mean, "the training mean; of categories one of its own"}},
           "what becomes of an empty field, NA, NaN or ?");
  describe_targets(s, o);
}

void describe_idx(Section& s, OwnDataConfig& o) {
  s.field("train_images", o.train_images, "IDX file of images of any size, .gz or plain");
  s.field("train_labels", o.train_labels, "IDX file of their labels");
  s.field("test_images", o.test_images, "the same of the test part");
  s.field("test_labels", o.test_labels, "");
  s.field("first_label", o.first_label, at_least(0), "the label of the first class: 1 for EMNIST's letters");
  s.field("transpose", o.transpose, "swaps rows and columns: EMNIST's images lie on their side");
}

void describe(Section& s, DataConfig& o) {
  const auto own = [&](void (*keys)(Section&, OwnDataConfig&)) {
    return [&o, keys](Section& s) {
      s.field("root", o.root, "folder that the files' names are relative to; empty: where the program is started");
      keys(s, o.own);
    };
  };
  s.choice("name", o.name,
           {{"digits", "hand-drawn-looking digits made by the program itself, nothing to download",
             [&](Section& s) {
               s.field("train", o.train, at_least(1), "training examples to make, those of data.validation included");
               s.field("test", o.test, at_least(1), "test examples to make");
               s.field("seed", o.seed, "seed of the images");
             }},
            {"mnist", "MNIST (LeCun, Cortes & Burges), from its four IDX files",
             [&](Section& s) {
               s.field("root", o.root,
                       "folder of the four files, .gz or plain; empty: $VIB_DATA_DIR/mnist, or data/mnist where "
                       "VIB_DATA_DIR is not set");
             }},
            {"fashion_mnist", "Fashion-MNIST (Xiao, Rasul & Vollgraf 2017), files named as MNIST's",
             [&](Section& s) { s.field("root", o.root, "as for mnist, with fashion_mnist in the place of mnist"); }},
            {"imdb", "the Large Movie Review Dataset (Maas et al. 2011): 50,000 reviews, negative or positive",
             [&](Section& s) {
               s.field(
                   "root", o.root,
                   "folder of aclImdb_v1.tar.gz or of the unpacked aclImdb/; empty: $VIB_DATA_DIR/imdb, or data/imdb "
                   "where VIB_DATA_DIR is not set");
               s.field("vocabulary", o.vocabulary, at_least(4),
                       "token ids: padding, start, unknown, and the most frequent words of the training part");
               s.field("length", o.length, at_least(1), "tokens of a review");
               s.choice("side", o.side, {{"front", Side::kFront, ""}, {"back", Side::kBack, ""}},
                        "where a review is padded when it is shorter, and cut when it is longer");
               s.field("expect", o.expect, at_least(0),
                       "reviews that each of the four folders must hold; 0: any number (of reviews of one's own)");
               s.field("cache", o.cache, "keeps the tokens of an archive in $XDG_CACHE_HOME/vib or ~/.cache/vib");
             }},
            {"tensors", "NumPy, PyTorch or safetensors files of one's own", own(describe_tensors)},
            {"csv", "tables of one's own", own(describe_table)},
            {"idx", "images of one's own in MNIST's format", own(describe_idx)}},
           "the data set");
  s.choice("target", o.target,
           {{"label", "what comes with the inputs", nullptr},
            {"input", "the inputs themselves, to be reconstructed: a variational autoencoder", nullptr}},
           "what is predicted");
  s.field("validation", o.validation, at_least(0),
          "examples held out of the training part to choose the best epoch by; 0: none, the last epoch is reported");
  s.pair("range", o.low, o.high, each(any_number()).increasing(), "what the bytes 0 and 255 of a pixel become");
}

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

void describe(Section& s, TrainConfig& o) {
  s.field("epochs", o.epochs, at_least(1), "passes over the training part");
  s.field("batch_size", o.batch_size, at_least(1), "examples per step");
  s.field("drop_last", o.drop_last, "leaves out the last batch of an epoch where it is smaller");
  s.choice("monitor", o.monitor,
           {{"nll_bits", Monitor::kNll, ""},
            {"error", Monitor::kError, ""},
            {"distortion_bits", Monitor::kDistortion, ""},
            {"loss_bits", Monitor::kLoss, ""}},
           "the validation number that chooses the best epoch; smaller is better");
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
  if (c.data.name == "digits" && c.data.validation >= c.data.train)
    origins.fail("data.validation", fmt::format("{} leaves nothing of data.train ({}) to train on; allowed: 0 to {}",
                                                c.data.validation, c.data.train, c.data.train - 1));
  if (c.train.patience > 0 && c.data.validation == 0)
    origins.fail("train.patience",
                 "early stopping needs a validation split, and data.validation is 0; hold examples "
                 "out (data.validation: 5000) or set train.patience: 0");
  if (c.optimizer.update.type() == UpdateRule::kSgd && c.optimizer.update.nesterov() &&
      c.optimizer.update.momentum() == 0)
    origins.fail("optimizer.nesterov", "true needs optimizer.momentum above 0");
  const auto needed = [&](const char* key, bool given, const char* what) {
    if (!given) origins.fail(key, fmt::format("is needed: {}", what));
  };
  const auto& own = c.data.own;
  const bool labelled = c.data.target == "label";
  if (c.data.name == "tensors") {
    needed("data.train_inputs", !own.train_inputs.empty(), "a file of tensors");
    needed("data.train_targets", !labelled || !own.train_targets.empty(), "a file of tensors, or data.target: input");
    if (!own.test_inputs.empty())
      needed("data.test_targets", !labelled || !own.test_targets.empty(), "beside data.test_inputs");
    else
      needed("data.test_inputs", own.test > 0,
             "a file of the test part, or data.test: how many examples to take for it");
  }
  if (c.data.name == "csv") {
    needed("data.train_file", !own.train_file.empty(), "a CSV file");
    needed("data.target_columns", !own.target_columns.empty(), "the names of one or more columns");
    if (own.test_file.empty()) needed("data.test_share", own.test_share > 0, "above 0, or data.test_file");
  }
  if (c.data.name == "idx") {
    needed("data.train_images", !own.train_images.empty(), "an IDX file");
    needed("data.train_labels", !own.train_labels.empty(), "an IDX file");
    needed("data.test_images", !own.test_images.empty(), "an IDX file");
    needed("data.test_labels", !own.test_labels.empty(), "an IDX file");
  }
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
