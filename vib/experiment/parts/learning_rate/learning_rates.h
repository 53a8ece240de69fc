#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <vector>

#include "vib/experiment/part.h"
#include "vib/objective/schedule.h"

namespace vib {

/// How the learning rate moves away from `optimizer.lr`.
struct LearningRatePart : Part {
  /// Over a training of so many epochs.
  std::function<Schedule(const std::any& options, double lr, std::int64_t epochs)> build;

  static const std::vector<LearningRatePart>& all();
};

}  // namespace vib
