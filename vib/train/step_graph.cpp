#include "vib/train/step_graph.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"

// The one file that includes CUDA headers, and only those that the CUDA runtime is enough for. VIB_CUDA is defined
// where the LibTorch at hand is a CUDA build.
#ifdef VIB_CUDA
#include <ATen/autocast_mode.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace vib {

#ifdef VIB_CUDA

namespace {

// CUDA asks for a few runs before a recording, in which libraries set themselves up and memory is found.
constexpr int kWarmUpSteps = 3;

/// Casts may not be remembered from one step to the next while a graph is recorded.
class NoAutocastCache {
 public:
  NoAutocastCache() : was_enabled_(at::autocast::is_autocast_cache_enabled()) {
    at::autocast::set_autocast_cache_enabled(false);
  }
  ~NoAutocastCache() { at::autocast::set_autocast_cache_enabled(was_enabled_); }
  NoAutocastCache(const NoAutocastCache&) = delete;
  NoAutocastCache& operator=(const NoAutocastCache&) = delete;

 private:
  bool was_enabled_;
};

}  // namespace

struct StepGraph::Recording {
  Recording(torch::Device device, std::vector<torch::Generator> generators, bool required)
      : stream(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index())),
        generators(std::move(generators)),
        required(required) {}

  void run(const std::function<void()>& step) {
    if (!replayable && !given_up && ++runs > kWarmUpSteps) record(step);
    if (replayable)
      graph.replay();
    else
      step();
  }

  // Recording only writes the step down: it has still to be replayed.
  void record(const std::function<void()>& step) {
    for (const auto& generator : generators) graph.register_generator_state(generator);
    const NoAutocastCache no_cache;
    stream.synchronize();
    graph.capture_begin();
    try {
      step();
      graph.capture_end();
      replayable = true;
    } catch (const c10::Error& e) {
      try {
        graph.capture_end();
      } catch (const c10::Error&) {  // the recording is broken, as is known already
      }
      graph.reset();
      if (required)
        throw Error(fmt::format("train.cuda_graph: true, but the step cannot be recorded: {}; use auto or false",
                                e.what_without_backtrace()));
      given_up = true;
      TORCH_WARN("the training step cannot be recorded as a CUDA graph and runs without: ", e.what_without_backtrace());
    }
  }

  void forget() {
    if (replayable) graph.reset();
    runs = 0;
    replayable = false;
  }

  c10::cuda::CUDAStream stream;
  std::vector<torch::Generator> generators;
  bool required;
  at::cuda::CUDAGraph graph;
  int runs = 0;
  bool replayable = false;
  bool given_up = false;
};

struct StepGraph::Stream::Guard {
  explicit Guard(c10::cuda::CUDAStream stream) : stream(stream) {
    c10::cuda::getCurrentCUDAStream(stream.device_index()).synchronize();
    guard.emplace(stream);
  }
  ~Guard() { stream.synchronize(); }

  c10::cuda::CUDAStream stream;
  std::optional<c10::cuda::CUDAStreamGuard> guard;
};

StepGraph::StepGraph(torch::Device device, std::vector<torch::Generator> generators, CudaGraph mode) {
  if (mode == CudaGraph::kOn && !device.is_cuda())
    throw Error(fmt::format("train.cuda_graph: true needs a CUDA device, and this trains on {}", device.str()));
  if (mode != CudaGraph::kOff && device.is_cuda())
    recording_ = std::make_unique<Recording>(device, std::move(generators), mode == CudaGraph::kOn);
}

void StepGraph::run(const std::function<void()>& step) { recording_ ? recording_->run(step) : step(); }
bool StepGraph::recorded() const { return recording_ && recording_->replayable; }
void StepGraph::reset() {
  if (recording_) recording_->forget();
}
StepGraph::Stream::Stream(const StepGraph& graph) {
  if (graph.recording_) guard_ = std::make_unique<Guard>(graph.recording_->stream);
}

#else

struct StepGraph::Recording {};
struct StepGraph::Stream::Guard {};

StepGraph::StepGraph(torch::Device device, std::vector<torch::Generator>, CudaGraph mode) {
  if (mode == CudaGraph::kOn)
    throw Error(fmt::format(
        "train.cuda_graph: true needs a CUDA device and a CUDA build of LibTorch; this trains on {}", device.str()));
}

void StepGraph::run(const std::function<void()>& step) { step(); }
bool StepGraph::recorded() const { return false; }
void StepGraph::reset() {}
StepGraph::Stream::Stream(const StepGraph&) {}

#endif

// Neither is "= default": GCC would hide that (with -fvisibility-inlines-hidden), as if it were inline.
StepGraph::~StepGraph() {}       // NOLINT(modernize-use-equals-default)
StepGraph::Stream::~Stream() {}  // NOLINT(modernize-use-equals-default)

}  // namespace vib
