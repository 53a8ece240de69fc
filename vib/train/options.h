#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/data/dataset.h"
#include "vib/evaluate/evaluate.h"
#include "vib/nn/vib_model.h"
#include "vib/objective/beta.h"
#include "vib/objective/objective.h"
#include "vib/objective/schedule.h"
#include "vib/train/optimizer.h"
#include "vib/train/precision.h"
#include "vib/train/recording.h"
#include "vib/train/step_graph.h"

namespace vib {

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
  /// What a batch costs. Default: D + β R.
  TORCH_ARG(Objective, objective) = Objective();
  /// β: a number, a schedule by epochs, or a controller; both terms are in nats. Default: 1e-3.
  TORCH_ARG(Beta, beta) = 1e-3;
  /// Default: 1e-3.
  TORCH_ARG(Schedule, learning_rate) = 1e-3;
  TORCH_ARG(OptimizerOptions, optimizer) = {};
  /// Decay of the weights' moving average; 0 for none. Default: 0.
  TORCH_ARG(double, ema) = 0;
  /// Default: kFloat32.
  TORCH_ARG(Precision, precision) = Precision::kFloat32;
  /// Default: kAuto.
  TORCH_ARG(CudaGraph, cuda_graph) = CudaGraph::kAuto;
  /// Which validation number chooses the best epoch: "nll_bits", another metric's key, "loss_bits" (the
  /// objective), or "auto": "loss_bits" where the inputs are reconstructed (their likelihood alone would prefer β = 0),
  /// else "nll_bits". Default: "auto".
  TORCH_ARG(std::string, monitor) = "auto";
  /// Stops after this many epochs without a better one; 0 never. Default: 0.
  TORCH_ARG(std::int64_t, patience) = 0;
  /// A look at the layers now and then. Default: none.
  TORCH_ARG(RecordingOptions, recording) = {};
  /// How validation is evaluated.
  TORCH_ARG(EvaluateOptions, evaluate) = {};
  /// Of noise, dropout and, where `order_seed` is not given, the order of the data. Default: 0.
  TORCH_ARG(std::uint64_t, seed) = 0;
  /// Of the order of the data, where it shall not follow `seed`: the runs of a sweep share it. Default: none.
  TORCH_ARG(std::optional<std::uint64_t>, order_seed) = std::nullopt;

  /// Asked before every step, and all through the evaluations; true ends `fit` there, resumable.
  TORCH_ARG(std::function<bool()>, stop) = nullptr;
  /// Called after every step.
  TORCH_ARG(std::function<void(const Trainer&)>, on_step) = nullptr;
  /// Called after every evaluation of the validation split: the place for a look at the model. A number that is to
  /// stand in histories and tables is a metric (vib/evaluate/metric.h).
  TORCH_ARG(std::function<void(const Evaluation&)>, on_evaluation) = nullptr;
  /// Asked after every epoch and its evaluation, when `history().back()` is the epoch's record; true ends the training
  /// there, as early stopping does: a stopping rule of one's own.
  TORCH_ARG(std::function<bool(const Trainer&)>, enough) = nullptr;
  /// Called then, when `finished` is known: the place to save the state.
  TORCH_ARG(std::function<void(const Trainer&)>, on_epoch) = nullptr;
};

/// One of several models that are trained as one: what may differ between them.
struct Replica {
  VibModel model;
  Beta beta = 1e-3;
  std::uint64_t seed = 0;  ///< of its noise and dropout; replicas of one seed share them, as single runs would
  std::optional<std::uint64_t> evaluation_seed = std::nullopt;  ///< of its validation draws; none: the options'
};

}  // namespace vib
