#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// Whether a training step is recorded as a CUDA graph and replayed, which costs one launch instead of hundreds.
enum class CudaGraph {
  kAuto,  ///< on a CUDA device, unless the model cannot be recorded
  kOn,    ///< an error where that cannot be
  kOff,
};

/// A step of training that is run again and again on the same tensors: as it is on the CPU; on a CUDA device recorded
/// as a graph after some runs, and from then on replayed.
///
/// What changes from step to step must be in tensors that keep their place: β, the learning rate, the batch's index. A
/// number read from the host, or a size that changes, would be frozen into the recording.
class VIB_API StepGraph {
 public:
  /// `generators`: what the step draws from, besides the device's default one. Throws vib::Error where `mode` is kOn
  /// and there is no CUDA.
  StepGraph(torch::Device device, std::vector<torch::Generator> generators, CudaGraph mode);
  ~StepGraph();
  StepGraph(const StepGraph&) = delete;
  StepGraph& operator=(const StepGraph&) = delete;

  /// One step. Throws what `step` throws; in kAuto a step that cannot be recorded is run as it is from then on, with a
  /// warning.
  void run(const std::function<void()>& step);
  /// Whether steps are replayed by now.
  bool recorded() const;
  /// Forgets the recording, whose tensors another data set does not share: the next steps warm up and are recorded
  /// anew.
  void reset();

  /// While it lives, work goes to the stream that graphs are recorded on. Nothing on the CPU.
  class Stream {
   public:
    explicit Stream(const StepGraph& graph);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

   private:
    struct Guard;
    std::unique_ptr<Guard> guard_;
  };

 private:
  struct Recording;
  std::unique_ptr<Recording> recording_;  // none: steps run as they are
};

}  // namespace vib
