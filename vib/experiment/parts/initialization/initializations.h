#pragma once

#include <any>
#include <functional>
#include <vector>

#include <torch/nn/module.h>

#include "vib/experiment/part.h"

namespace vib {

struct InitializationPart : Part {
  /// Draws the weights of a new module anew.
  std::function<void(const std::any& options, torch::nn::Module& module)> apply;

  static const std::vector<InitializationPart>& all();
};

}  // namespace vib
