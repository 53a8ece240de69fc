#pragma once

#include <any>
#include <functional>
#include <vector>

#include "vib/experiment/part.h"
#include "vib/objective/beta.h"

namespace vib {

struct BetaPart : Part {
  std::function<Beta(const std::any& options)> build;

  static const std::vector<BetaPart>& all();
};

}  // namespace vib
