#pragma once

#include <map>
#include <string>

#include "vib/export/graph.h"

namespace vib {

/// The bytes of an ONNX model (operator set 17, IR version 8) of standard operators alone, with `metadata` among its
/// properties. Its initializers have the weights' names. Throws vib::StateError where the weights exceed the 2 GiB that
/// such a file can hold.
std::string to_onnx(const Graph& graph, const std::map<std::string, std::string>& metadata);

}  // namespace vib
