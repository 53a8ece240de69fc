#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/core/tensor_file.h"
#include "vib/data/batches.h"
#include "vib/data/dataset.h"
#include "vib/evaluate/evaluate.h"
#include "vib/nn/replicas.h"
#include "vib/nn/vib_model.h"
#include "vib/objective/schedule.h"
#include "vib/train/history.h"
#include "vib/train/optimizer.h"
#include "vib/train/precision.h"
#include "vib/train/step_graph.h"
#include "vib/train/step_log.h"
#include "vib/train/weight_average.h"

namespace vib {

/// The validation number that chooses the best epoch.
enum class Monitor { kNll, kError, kDistortion, kLoss };

class Trainer;

/// What `on_evaluation` is told: a model, the split, and the numbers. The model holds the weights that were evaluated
/// and is in evaluation mode; it may be run, and must be left as it is.
struct Evaluation {
  const Trainer& trainer;
  std::int64_t replica;
  VibModel model;
  const Dataset& data;
  const SplitMetrics& metrics;
  bool averaged;  ///< of the moving average; where there is none, of the only weights
};

/// How a model is trained, and who is told.
struct TrainerOptions {
  /// Passes over the training data. Default: 20.
  TORCH_ARG(std::int64_t, epochs) = 20;
  /// Examples per step. Default: 100.
  TORCH_ARG(std::int64_t, batch_size) = 100;
  /// Leaves the last batch of an epoch out where it is smaller. Default: false.
  TORCH_ARG(bool, drop_last) = false;
  /// Draws of z per example and step. Default: 1.
  TORCH_ARG(std::int64_t, samples) = 1;
  /// β, by epochs; both terms are in nats. Default: 1e-3.
  TORCH_ARG(Schedule, beta) = 1e-3;
  /// Default: 1e-3.
  TORCH_ARG(Schedule, learning_rate) = 1e-3;
  TORCH_ARG(OptimizerOptions, optimizer) = {};
  /// Decay of the weights' moving average; 0 for none. Default: 0.
  TORCH_ARG(double, ema) = 0;
  /// Default: kFloat32.
  TORCH_ARG(Precision, precision) = Precision::kFloat32;
  /// Default: kAuto.
  TORCH_ARG(CudaGraph, cuda_graph) = CudaGraph::kAuto;
  /// Which validation number chooses the best epoch. Default: kNll.
  TORCH_ARG(Monitor, monitor) = Monitor::kNll;
  /// Stops after this many epochs without a better one; 0 never. Default: 0.
  TORCH_ARG(std::int64_t, patience) = 0;
  /// How validation is evaluated.
  TORCH_ARG(EvaluateOptions, evaluate) = {};
  /// Of noise, dropout and, where `order_seed` is not given, the order of the data. Default: 0.
  TORCH_ARG(std::uint64_t, seed) = 0;
  /// Of the order of the data, where it shall not follow `seed`: the runs of a sweep share it. Default: none.
  TORCH_ARG(std::optional<std::uint64_t>, order_seed) = std::nullopt;

  /// Asked before every step; true ends `fit` there, resumable.
  TORCH_ARG(std::function<bool()>, stop) = nullptr;
  /// Called after every step.
  TORCH_ARG(std::function<void(const Trainer&)>, on_step) = nullptr;
  /// Called after every evaluation of the validation split: the place for metrics of one's own.
  TORCH_ARG(std::function<void(const Evaluation&)>, on_evaluation) = nullptr;
  /// Called after every epoch and its evaluation; `history().back()` is the epoch's record.
  TORCH_ARG(std::function<void(const Trainer&)>, on_epoch) = nullptr;
  /// Asked after `on_epoch`; true ends the training there, as early stopping does: a stopping rule of one's own.
  TORCH_ARG(std::function<bool(const Trainer&)>, enough) = nullptr;
};

/// Two sets of weights of one epoch: the moving average, and the weights it averages. Equal where there is no average.
struct TrainedWeights {
  TensorMap averaged;
  TensorMap raw;
};

/// One of several models that are trained as one: what may differ between them.
struct Replica {
  VibModel model;
  Schedule beta = 1e-3;
  std::uint64_t seed = 0;  ///< of its noise; replicas of one seed share it, as single runs of that seed would
};

/// Trains a VibModel, or R of them as one, on data that is resident on the models' device.
///
/// The same options, seed and thread count give the same bits on the CPU. `fit` can be interrupted (`stop`) and the
/// trainer saved (`state`) and rebuilt (`load_state`) at any step; it then continues to the same bits.
///
/// Replicas share the order of the data, the optimiser's settings and the learning rate. Whatever is told of one takes
/// its number, 0 to R - 1. A replica whose loss is no longer a number is given up (`failure`), and the others go on.
class VIB_API Trainer {
 public:
  /// One model: β and the seed of its noise are the options'.
  Trainer(VibModel model, TrainerOptions options);
  /// Throws vib::Error where several models cannot be trained as one (vib::why_not_replicable). The β of `options` is
  /// not used.
  Trainer(std::vector<Replica> replicas, TrainerOptions options);

  /// Trains until the last epoch, early stopping or `stop`. At the end each model holds its chosen weights: those of
  /// the best validation epoch, or of the last one where `validation` is empty; averaged where there is an average.
  /// A single model's loss that is no longer a number throws vib::NonFiniteError as soon as it is seen.
  const History& fit(const Dataset& train, const Dataset& validation = {});

  /// Whether the last epoch, early stopping or `enough` has ended it.
  bool finished() const { return finished_; }
  /// As given.
  const TrainerOptions& options() const { return options_; }
  /// R, how many models are trained as one.
  std::int64_t replicas() const { return replicas_.size(); }

  /// A record for each epoch finished.
  const History& history(std::int64_t replica = 0) const { return records_[replica].history; }
  /// The epoch whose weights are chosen, from 1.
  std::int64_t best_epoch(std::int64_t replica = 0) const { return records_[replica].best_epoch; }
  /// The chosen weights. Before the first epoch is finished: the present ones.
  TrainedWeights chosen_weights(std::int64_t replica = 0) const;
  /// Why a replica was given up; empty while all is well.
  const std::string& failure(std::int64_t replica = 0) const { return records_[replica].failure; }

  /// Epochs finished, and where the current one stands.
  std::int64_t epoch() const { return epoch_; }
  std::int64_t step_in_epoch() const { return step_in_epoch_; }
  std::int64_t steps_per_epoch() const { return static_cast<std::int64_t>(batches_.size()); }
  /// Of the current epoch's training part, so far.
  double seconds_in_epoch() const { return seconds_in_epoch_; }
  /// Means over the current epoch's examples so far. Waits for the device.
  TrainMetrics train_metrics(std::int64_t replica = 0) const;

  /// Everything that `load_state` needs, by name, on the CPU: a copy, or with `snapshot` false, to be written at once
  /// without a second set of everything in memory, tensors that further training changes.
  TensorMap state(bool snapshot = true) const;
  /// Throws vib::StateError, naming `source`, where the state does not fit these models and these options. Data and
  /// options must be the ones the state was made with; only the shapes can be checked here.
  void load_state(const TensorMap& state, const std::string& source);

 private:
  /// What is kept of each replica.
  struct Record {
    Schedule beta;
    std::size_t noise;  // place in noise_
    History history = {};
    std::int64_t best_epoch = 0;
    std::optional<TrainedWeights> best = {};
    std::string failure = {};
    bool done = false;  // failed or stopped early: nothing more is recorded
  };

  bool train_epoch(const Dataset& data);
  void train_step(const Dataset& data, const torch::Tensor& index);
  void compute_step(const Dataset& data, const torch::Tensor& index);
  torch::Tensor draw_noise(std::int64_t batch);
  void finish_epoch(const Dataset& validation);
  EpochRecord record_epoch(std::int64_t replica, const std::vector<torch::Tensor>& average, const Dataset& validation);
  void choose(std::int64_t replica, const EpochRecord& record, const std::vector<torch::Tensor>& average);
  void check_finite();
  SplitMetrics evaluate_with(std::int64_t replica, const std::vector<torch::Tensor>& weights, const Dataset& data,
                             bool averaged);
  TensorMap weights_with(const std::vector<torch::Tensor>& parameters, std::int64_t replica) const;
  TrainedWeights present_weights(std::int64_t replica, const std::vector<torch::Tensor>& average) const;
  TensorMap parameters_and_buffers() const;
  double time_of(std::int64_t step_in_epoch) const;

  TrainerOptions options_;
  Replicas replicas_;
  std::vector<Record> records_;
  std::vector<std::uint64_t> noise_seeds_;
  torch::Device device_;
  std::vector<torch::Generator> noise_;  // one for each seed
  WorkingWeights weights_;
  Optimizer optimizer_;
  WeightAverage average_;

  // What a step reads and writes beside the weights, in tensors that keep their place for a CUDA graph.
  torch::Tensor beta_;           // [R]
  torch::Tensor learning_rate_;  // one number
  torch::Tensor index_;          // [B]: of a whole batch
  torch::Tensor row_;            // for the log
  StepGraph graph_;

  std::vector<BatchRange> batches_;  // of an epoch, as positions in its order

  // Where training stands: this, with the records, the weights, the optimiser and the average, is the state.
  std::int64_t epoch_ = 0;
  std::int64_t step_in_epoch_ = 0;
  std::int64_t step_ = 0;
  double seconds_in_epoch_ = 0;
  bool finished_ = false;
  StepLog log_;
};

}  // namespace vib
