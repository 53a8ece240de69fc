#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <torch/nn/module.h>

#include "vib/core/export.h"

namespace vib {

/// Training or evaluation mode for as long as it lives; then each module has the mode back that it had, children that
/// somebody had set apart included. Writes nothing where the modules are in that mode already, so that threads may
/// evaluate one model that is in evaluation mode.
class VIB_API ModuleMode {
 public:
  enum Mode { kTraining, kEvaluation };

  /// Evaluation mode is that of all modules. Training mode is that of a module which is evaluating as a whole; in one
  /// that is training, children in evaluation mode have been put there on purpose, and stay.
  ModuleMode(torch::nn::Module& module, Mode mode);
  ~ModuleMode();
  ModuleMode(const ModuleMode&) = delete;
  ModuleMode& operator=(const ModuleMode&) = delete;

 private:
  std::vector<std::pair<std::shared_ptr<torch::nn::Module>, bool>> before_;  // parents before their children
};

}  // namespace vib
