#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "vib/config/file.h"
#include "vib/config/section.h"
#include "vib/config/setting_case.h"
#include "vib/experiment/data_config.h"
#include "vib/experiment/information_config.h"
#include "vib/experiment/part.h"
#include "vib/experiment/parts/beta/betas.h"
#include "vib/experiment/parts/decoder/decoders.h"
#include "vib/experiment/parts/encoder/encoders.h"
#include "vib/experiment/parts/form/forms.h"
#include "vib/experiment/parts/initialization/initializations.h"
#include "vib/experiment/parts/learning_rate/learning_rates.h"
#include "vib/experiment/parts/likelihood/likelihoods.h"
#include "vib/experiment/parts/prior/priors.h"
#include "vib/experiment/parts/regulariser/regularisers.h"
#include "vib/nn/bottleneck.h"
#include "vib/train/trainer.h"

namespace vib {

struct ModelConfig {
  Chosen<EncoderPart> encoder;
  GaussianBottleneckOptions bottleneck = {/*features=*/0,
                                          /*latent=*/256};  ///< `latent`; the encoder gives the features
  Chosen<PriorPart> prior;
  Chosen<DecoderPart> decoder;
  Chosen<LikelihoodPart> likelihood;
  Chosen<InitializationPart> initialization;
};

/// How the learning rate moves away from `optimizer.lr`.
struct LearningRateConfig {
  Chosen<LearningRatePart> shape;
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
  Chosen<FormPart> form;
  Chosen<BetaPart> beta;
  std::int64_t samples = 1;
  Regularisers regularisers;
  OptimizerConfig optimizer;
  TrainConfig train;
  EvaluateConfig evaluate;
  InformationConfig information;
};

/// What `vib sweep` varies over an experiment: the `sweep` section of its file.
struct SweepConfig {
  std::vector<std::string> vary;   ///< axes, each as parse_axis reads it
  std::vector<SettingCase> cases;  ///< named settings, crossed with the axes
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
Beta beta_of(const Chosen<BetaPart>& beta);
Schedule learning_rate_schedule(const OptimizerConfig& config, std::int64_t epochs);

}  // namespace vib
