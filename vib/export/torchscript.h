#pragma once

#include <map>
#include <string>

#include "vib/export/graph.h"

namespace vib {

/// `graph` as a method of TorchScript, the source that LibTorch compiles:
///
///     def forward(self, inputs: Tensor) -> Dict[str, Tensor]: ...
std::string torchscript_source(const Graph& graph);

/// The bytes of a TorchScript module that `torch.jit.load` reads, with `metadata` as its extra file `metadata.json`.
/// Its parameters are the graph's weights, by their names; its buffers the constants. It needs no gradient.
std::string to_torchscript(const Graph& graph, const std::map<std::string, std::string>& metadata);

}  // namespace vib
