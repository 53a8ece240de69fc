#pragma once

#include <cstdint>
#include <string>

#include "vib/export/graph.h"
#include "vib/nn/likelihood/likelihood.h"

namespace vib {

/// What a likelihood says of y, each of `width` numbers.
struct MomentValues {
  std::string mean;
  std::string variance;  ///< that broadcasts to the mean's shape; empty where there is none
};

/// The steps from a decoder's outputs to the moments. Throws vib::StateError for a likelihood that is none of this
/// library's.
MomentValues graph_of_moments(GraphBuilder& g, const std::string& outputs, const Likelihood& likelihood,
                              std::int64_t width);

}  // namespace vib
