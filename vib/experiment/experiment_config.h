#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "vib/config/file.h"
#include "vib/config/section.h"
#include "vib/experiment/data_config.h"
#include "vib/nn/bottleneck.h"
#include "vib/nn/encoder/mlp.h"
#include "vib/train/trainer.h"

namespace vib {

struct EncoderConfig {
  std::string type = "mlp";
  std::vector<std::int64_t> channels = {32, 64};          ///< conv
  std::int64_t embedding = 50, filters = 250, width = 3;  ///< of texts
  std::vector<std::int64_t> hidden = {1024, 1024};
  Activation activation = Activation::kRelu;
  double dropout = 0;
};

struct LatentConfig {
  std::int64_t dim = 256;
  Scale scale = Scale::kLogVariance;
  double shift = 5.0;
};

struct DecoderConfig {
  std::string type = "linear";
  std::vector<std::int64_t> hidden = {256};  ///< mlp
};

struct LikelihoodConfig {
  std::string type = "auto";
  double variance = 1.0;  ///< gaussian
};

struct InitializationConfig {
  std::string type = "xavier_uniform";
  double gain = 1.0;
};

struct ModelConfig {
  bool deterministic = false;
  EncoderConfig encoder;
  LatentConfig latent;
  DecoderConfig decoder;
  LikelihoodConfig likelihood;
  InitializationConfig initialization;
};

/// β as a schedule over epochs, or a plain number.
struct BetaConfig {
  std::string type = "constant";
  double value = 1e-3;
  double from = 0.0, to = 1e-3;
  double from_positive = 1e-6, to_positive = 1e-3;  ///< exponential: no zero
  double epochs = 10;
  std::vector<std::pair<double, double>> points = {{0.0, 0.0}, {10.0, 1e-3}};
};

/// How the learning rate moves away from `optimizer.lr`.
struct LearningRateConfig {
  std::string type = "constant";
  double factor = 0.97;
  double every = 2;
  std::vector<double> milestones = {10};
  double final = 0.0;
  double warmup = 0.0;
};

struct OptimizerConfig {
  OptimizerOptions update;
  double lr = 1e-3;
  LearningRateConfig schedule;
  double ema = 0.0;
};

struct TrainConfig {
  std::int64_t epochs = 20;
  std::int64_t batch_size = 100;
  bool drop_last = false;
  std::string monitor = TrainerOptions().monitor();
  std::int64_t patience = 0;
  double checkpoint_seconds = 30;
  CudaGraph cuda_graph = CudaGraph::kAuto;
  std::int64_t order_seed = -1;  ///< -1: as seed
  bool tensorboard = false;
};

struct EvaluateConfig {
  std::int64_t samples = 12;
  std::int64_t batch_size = 1000;
};

/// Everything that decides an experiment: one YAML file.
struct ExperimentConfig {
  std::uint64_t seed = 0;
  std::string device = "auto";
  Precision precision = Precision::kFloat32;
  std::int64_t threads = 0;
  DataConfig data;
  ModelConfig model;
  BetaConfig beta;
  std::int64_t samples = 1;
  OptimizerConfig optimizer;
  TrainConfig train;
  EvaluateConfig evaluate;
};

/// What `vib sweep` varies over an experiment: the `sweep` section of its file.
struct SweepConfig {
  std::vector<std::string> vary;  ///< axes, each as parse_axis reads it
  bool baseline = false;
  std::int64_t max_replicas = 0;  ///< 0: as many as fit
};

/// The field list of an experiment.
void describe(Section& s, ExperimentConfig& config);
/// The field list of the whole file: an experiment, and what a sweep varies over it.
void describe_with_sweep(Section& s, ExperimentConfig& config, SweepConfig& sweep);

/// Reads `file` and the command line's `key=value` over it, and checks what only shows when keys are seen together. A
/// `sweep` section has to be well-formed and counts for nothing. Throws vib::ConfigError.
ExperimentConfig load_experiment_config(const std::filesystem::path& file, const std::vector<std::string>& overrides);

/// The resolved configuration, every default written out; loading it gives the same configuration.
std::string dump_experiment_config(ExperimentConfig config);

/// The schedules that the configuration describes.
Schedule beta_schedule(const BetaConfig& config);
Schedule learning_rate_schedule(const OptimizerConfig& config, std::int64_t epochs);

}  // namespace vib
