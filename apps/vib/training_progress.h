#pragma once

#include <chrono>

#include "vib/report/progress.h"
#include "vib/train/trainer.h"

namespace vib::app {

/// Reading the training metrics makes the device wait, so it is done some times a second and at the end of an epoch.
class ProgressPace {
 public:
  bool due(const Trainer& trainer);

 private:
  std::chrono::steady_clock::time_point last_;
};

/// Where training stands, and how it goes: of one model, or as means over the replicas that have not diverged.
ProgressUpdate describe_progress(const Trainer& trainer);

}  // namespace vib::app
