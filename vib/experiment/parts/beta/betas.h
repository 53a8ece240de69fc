#pragma once

#include <any>
#include <functional>
#include <vector>

#include "vib/experiment/part.h"
#include "vib/objective/schedule.h"

namespace vib {

/// What β follows: a schedule over epochs. (A controller of β would be the other kind: this then names either.)
using BetaSource = Schedule;

struct BetaPart : Part {
  std::function<BetaSource(const std::any& options)> build;

  static const std::vector<BetaPart>& all();
};

}  // namespace vib
