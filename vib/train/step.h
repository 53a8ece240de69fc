#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vib/core/device.h"
#include "vib/core/export.h"
#include "vib/core/tensor_file.h"
#include "vib/data/dataset.h"
#include "vib/nn/module_mode.h"
#include "vib/nn/replicas.h"
#include "vib/train/gradient_moments.h"
#include "vib/train/optimizer.h"
#include "vib/train/options.h"
#include "vib/train/precision.h"
#include "vib/train/step_graph.h"
#include "vib/train/step_log.h"
#include "vib/train/weight_average.h"

namespace vib {

/// One update of R models by one batch: everything that happens on the device, and all that it needs from one update to
/// the next. It knows no epoch and no file.
class VIB_API TrainingStep {
 public:
  /// Throws vib::Error where several models cannot be trained as one.
  TrainingStep(const std::vector<Replica>& replicas, const TrainerOptions& options);

  /// While it lives, the models are training: they compute with the working weights, on the stream that graphs are
  /// recorded on, and layers that draw from LibTorch's default generator (torch::nn::Dropout) draw from the step's own
  /// state of it, which is given back as it was.
  class Session {
   public:
    explicit Session(TrainingStep& step);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

   private:
    TrainingStep& step_;
    DefaultGeneratorGuard generator_;
    std::vector<std::unique_ptr<ModuleMode>> modes_;
    Replicas::Computing computing_;
    StepGraph::Stream stream_;
  };

  /// One update by the examples `index` of `data`, at training time `now` in epochs, of which a step takes `length`.
  /// Gives what the log takes, `[R, columns]`, in a tensor that the next update changes. In a Session.
  const torch::Tensor& run(const Dataset& data, const torch::Tensor& index, double now, double length);
  /// Forgets what was recorded of steps on another data set.
  void forget_recording() { graph_.reset(); }

  /// Adds the gradients of every step to `moments` from now on; a null pointer: of none.
  void watch(GradientMoments* moments) { moments_ = moments; }

  /// What the log has columns for: the objective's terms, "beta", "loss".
  std::vector<std::string> columns() const;
  /// β of a replica where a schedule decides; nothing where a controller does.
  std::optional<double> scheduled_beta(std::int64_t replica, double now, double length) const;
  /// What the weight decay costs a replica at present, in nats. Waits for the device.
  double decay_cost(std::int64_t replica) const { return optimizer_.decay_cost()[replica].item<double>(); }
  /// The controller of a replica; a null pointer where a schedule decides.
  const BetaController* controller(std::int64_t replica) const { return controllers_[replica].get(); }

  Replicas& replicas() { return replicas_; }
  const Replicas& replicas() const { return replicas_; }
  torch::Device device() const { return device_; }
  /// The float32 weights that the optimiser moves, and their moving average, shaped as `replicas().parameters()`.
  const std::vector<torch::Tensor>& masters() const { return weights_.masters(); }
  std::vector<torch::Tensor> average() const { return average_.average(); }
  bool averages() const { return average_.enabled(); }

  /// The tensors that it needs to go on, by name: themselves where they are tensors, not copies.
  TensorMap state() const;
  void load_state(const TensorMap& state, const std::string& source);

 private:
  void compute(const Dataset& data, const torch::Tensor& index);
  torch::Tensor draw_noise(std::int64_t batch);
  void update_controllers(const TensorMap& terms);
  TensorMap parameters_and_buffers() const;

  const TrainerOptions& options_;
  Replicas replicas_;
  torch::Device device_;
  std::vector<std::uint64_t> seeds_;     // distinct
  std::vector<std::size_t> place_;       // of each replica's seed among them
  std::vector<torch::Generator> noise_;  // one for each seed
  std::vector<torch::Generator> masks_;  // one for each seed
  torch::Tensor default_generator_;      // the state of LibTorch's own, between sessions
  std::vector<Beta> betas_;
  std::vector<std::shared_ptr<BetaController>> controllers_;
  WorkingWeights weights_;
  Optimizer optimizer_;
  WeightAverage average_;

  // What a step reads and writes beside the weights, in tensors that keep their place for a CUDA graph.
  torch::Tensor beta_;           // [R]
  torch::Tensor learning_rate_;  // one number
  torch::Tensor index_;          // [B]: of a whole batch
  torch::Tensor row_;            // for the log
  StepGraph graph_;
  GradientMoments* moments_ = nullptr;
};

}  // namespace vib
