#pragma once

#include <cstdint>
#include <string>

#include "vib/export/graph.h"
#include "vib/nn/likelihood/likelihood.h"

namespace vib {

/// The steps from a decoder's outputs to the likelihood's mean, of `width` numbers. Throws vib::StateError for a
/// likelihood that is none of this library's.
std::string graph_of_mean(GraphBuilder& g, const std::string& outputs, const Likelihood& likelihood,
                          std::int64_t width);

}  // namespace vib
