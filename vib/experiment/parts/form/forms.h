#pragma once

#include <any>
#include <functional>
#include <vector>

#include "vib/experiment/part.h"
#include "vib/objective/objective.h"

namespace vib {

struct FormPart : Part {
  /// What the rate costs.
  std::function<Price(const std::any& options)> build;

  static const std::vector<FormPart>& all();
};

}  // namespace vib
