#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "vib/experiment/data_description.h"
#include "vib/experiment/part.h"
#include "vib/nn/likelihood/likelihood.h"

namespace vib {

/// What a target is, given z.
struct TargetLikelihood {
  Likelihood likelihood;
  std::int64_t width;  ///< how many classes, labels or values it is of
};

struct LikelihoodPart : Part {
  /// Throws vib::ConfigError where the targets are of another kind.
  std::function<TargetLikelihood(const std::any& options, const DataDescription& data)> build;

  static const std::vector<LikelihoodPart>& all();
};

/// What a likelihood is of, as a message says it: "10 classes".
std::string targets_of(const DataDescription& data);

/// Throws vib::ConfigError in the name of the likelihood `name`.
[[noreturn]] void refuse_likelihood(const std::string& name, const std::string& reason);

/// Throws vib::ConfigError where the targets are classes.
void require_values(const std::string& name, const DataDescription& data);

}  // namespace vib
