#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/core/tensor_file.h"
#include "vib/data/batches.h"
#include "vib/data/dataset.h"
#include "vib/train/history.h"
#include "vib/train/options.h"
#include "vib/train/selection.h"
#include "vib/train/step.h"
#include "vib/train/step_log.h"

namespace vib {

/// Two sets of weights of one epoch: the moving average, and the weights it averages. Equal where there is no average.
struct TrainedWeights {
  TensorMap averaged;
  TensorMap raw;
};

/// Trains a VibModel, or R of them as one, on data that is resident on the models' device.
///
/// The same options, seed and thread count give the same bits on the CPU. `fit` can be interrupted (`stop`) and the
/// trainer saved (`state`) and rebuilt (`load_state`) at any step; it then resumes bit for bit. LibTorch's default
/// generator is left as it was.
///
/// Replicas share the order of the data, the optimiser's settings and the learning rate. Noise, dropout masks
/// (vib::dropout) and validation draws are those of each replica's own seed, so that it equals its single run up to
/// rounding. Whatever is told of one takes its number, 0 to R - 1. A replica whose loss is no longer a number is given
/// up (`failure`), and the others go on.
class VIB_API Trainer {
 public:
  /// One model: β and the seed of its noise are the options'.
  Trainer(VibModel model, TrainerOptions options);
  /// Throws vib::Error where several models cannot be trained as one (vib::why_not_replicable). The β of `options` is
  /// not used.
  Trainer(std::vector<Replica> replicas, TrainerOptions options);

  /// Trains until the last epoch, early stopping or `stop`. At the end each model is in evaluation mode and holds its
  /// chosen weights: those of the best validation epoch, or of the last one where `validation` is empty; averaged where
  /// there is an average. A single model's loss that is no longer a number throws vib::NonFiniteError as soon as it is
  /// seen, or vib::DataError where the data are to blame. Throws vib::StateError where a loaded state is of another
  /// number of examples.
  const History& fit(const Dataset& train, const Dataset& validation = {});

  /// Whether the last epoch, early stopping or `enough` has ended it.
  bool finished() const { return finished_; }
  /// As given.
  const TrainerOptions& options() const { return options_; }
  /// R, how many models are trained as one.
  std::int64_t replicas() const { return step_.replicas().size(); }

  /// A record for each epoch finished.
  const History& history(std::int64_t replica = 0) const { return records_[replica].history; }
  /// The epoch whose weights are chosen, from 1; 0 while none is.
  std::int64_t best_epoch(std::int64_t replica = 0) const { return records_[replica].selection.best_epoch(); }
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
  /// Means over the current epoch's examples so far (EpochRecord::train); none before its first step. Waits for the
  /// device.
  Numbers train_metrics(std::int64_t replica = 0) const;

  /// Everything that `load_state` needs, by name, on the CPU: a copy, or with `snapshot` false, to be written at once
  /// without a second set of everything in memory, tensors that further training changes.
  TensorMap state(bool snapshot = true) const;
  /// Throws vib::StateError, naming `source`, where the state does not fit these models and these options, or was
  /// written by another version of this class. Data and options must be the ones the state was made with; only the
  /// shapes can be checked here.
  void load_state(const TensorMap& state, const std::string& source);

 private:
  /// What is kept of each replica.
  struct Record {
    Selection selection;
    EvaluateOptions evaluate;
    History history = {};
    std::optional<TrainedWeights> best = {};
    std::string failure = {};
    bool done = false;  // failed or stopped early: nothing more is recorded
  };

  bool train_epoch(const Dataset& data);
  bool finish_epoch(const Dataset& train, const Dataset& validation);
  bool records_epoch() const { return options_.recording().includes(epoch_ + 1); }
  std::vector<LayerRecord> look_at_layers(std::int64_t epoch, const Dataset& train);
  void hand_out(const std::vector<LayerRecord>& records) const;
  EpochRecord record_epoch(std::int64_t replica, const std::vector<torch::Tensor>& average, const Dataset& validation);
  SplitMetrics evaluate_with(std::int64_t replica, const std::vector<torch::Tensor>& weights, const Dataset& data,
                             bool averaged);
  bool competes(std::int64_t replica, const EpochRecord& record) const;
  void end(std::int64_t replica, const std::vector<torch::Tensor>& average, const Dataset& validation);
  void check_finite(const Dataset& data, const torch::Tensor& order);
  void load_place(const TensorMap& state, const std::string& source);
  void load_record(std::int64_t replica, const TensorMap& own, const std::string& source);
  TensorMap weights_with(const std::vector<torch::Tensor>& parameters, std::int64_t replica) const;
  TrainedWeights present_weights(std::int64_t replica, const std::vector<torch::Tensor>& average) const;
  double time_of(std::int64_t epoch, std::int64_t step_in_epoch) const;
  double step_length() const { return 1.0 / static_cast<double>(steps_per_epoch()); }

  TrainerOptions options_;
  std::vector<Record> records_;
  TrainingStep step_;

  std::int64_t examples_ = 0;        // of the training data
  std::vector<BatchRange> batches_;  // of an epoch, as positions in its order
  // From what a step says of standardised values to the data's unit, as validation is in.
  double nats_of_unit_ = 0;  // added to a distortion
  double unit_ = 1;          // times a root mean square

  // Where training stands: this, with the records and the step's own, is the state.
  std::int64_t epoch_ = 0;
  std::int64_t step_in_epoch_ = 0;
  std::int64_t steps_ = 0;
  double seconds_in_epoch_ = 0;
  bool finished_ = false;
  StepLog log_;
  std::optional<GradientMoments> gradients_;  // of the current epoch, where that is recorded
};

}  // namespace vib
