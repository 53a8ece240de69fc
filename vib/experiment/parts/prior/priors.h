#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <vector>

#include "vib/experiment/part.h"
#include "vib/nn/prior/prior.h"

namespace vib {

struct PriorPart : Part {
  /// r(z) for a latent of so many dimensions.
  std::function<Prior(const std::any& options, std::int64_t latent)> build;

  static const std::vector<PriorPart>& all();
};

}  // namespace vib
