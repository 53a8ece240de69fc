#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "vib/core/tensor_file.h"

namespace vib {

/// What one node of a Graph computes from its inputs x, y, ... and its `integers` i, j, ...
enum class Operation {
  kCast,         ///< x as Node::type
  kAdd,          ///< x + y, shapes broadcast
  kSubtract,     ///< x - y
  kMultiply,     ///< x y
  kDivide,       ///< x / y
  kExp,          ///< exp(x)
  kLog,          ///< log(x)
  kSqrt,         ///< √x
  kErf,          ///< erf(x)
  kRelu,         ///< max(x, 0)
  kSigmoid,      ///< 1 / (1 + exp(-x))
  kTanh,         ///< tanh(x)
  kSoftplus,     ///< log(1 + exp(x))
  kClip,         ///< min(max(x, y), z), without z max(x, y)
  kLess,         ///< x < y, bool
  kIsNan,        ///< whether x is NaN, bool
  kWhere,        ///< y where x, z elsewhere
  kLinear,       ///< x yᵀ + z: `[B, F]`, `[G, F]`, `[G]` -> `[B, G]`
  kConvolution,  ///< of x with filters y and bias z over i dimensions, j zeros at each end
  kMaxPool,      ///< maxima of windows of j in each of i dimensions, k apart
  kEmbedding,    ///< rows x of y: `[B, L]`, `[V, E]` -> `[B, L, E]`
  kFlatten,      ///< `[B, ...]` -> `[B, N]`
  kReshape,      ///< to the shape `integers`, -1 whatever is left
  kTranspose,    ///< x with its dimensions in the order `integers`
  kUnsqueeze,    ///< x with a dimension of size 1 at i
  kNarrow,       ///< of dimension i the j-th entry and those behind it, k in all
  kColumns,      ///< of the last dimension the entries i, j, ...
  kConcatenate,  ///< of x, y, ... along i
  kSum,          ///< over dimension i, which is dropped
  kMean,         ///< over dimension i, which is dropped
  kMaximum,      ///< over dimension i, which is dropped
  kSoftmax,      ///< over the last dimension
  kRepeat,       ///< `[B, K]` -> `[i, B, K]`
  kNormalLike,   ///< independent draws of N(0, 1) in x's shape, new ones at every run
};

/// One step. Its inputs are results of steps before it, the graph's input, weights, constants or scalars, by name.
struct Node {
  Operation operation;
  std::vector<std::string> inputs;
  std::string output;
  std::vector<std::int64_t> integers = {};
  torch::ScalarType type = torch::kFloat32;  ///< of kCast
};

/// A number among the inputs of a node, of the type that its neighbours have.
struct GraphScalar {
  double value = 0;
  torch::ScalarType type = torch::kFloat32;
};

/// What goes in or comes out. A size that a caller chooses has a name instead ("batch").
struct Port {
  struct Size {
    std::int64_t size = 0;
    std::string name;  ///< empty: `size`
  };
  std::string name;
  torch::ScalarType type = torch::kFloat32;
  std::vector<Size> shape;
};

/// A network as a list of simple steps, which every tool that runs networks has: what the writers of file formats
/// share.
struct Graph {
  Port input;
  std::vector<Port> outputs;
  std::vector<Node> nodes;                     ///< each behind those whose results it takes
  TensorMap weights;                           ///< as in weights.pt
  TensorMap constants;                         ///< other tensors, e.g. those that standardise the inputs
  std::map<std::string, GraphScalar> scalars;  ///< by name
};

/// Builds a Graph step by step. Values go by the names that it gives them.
class GraphBuilder {
 public:
  explicit GraphBuilder(Port input);

  /// From here on, steps take the weights of another network: by these names, before which the graph has `scope`.
  void use(const TensorMap& weights, std::string scope = "");

  /// The result of a step.
  std::string add(Operation operation, std::vector<std::string> inputs, std::vector<std::int64_t> integers = {});
  std::string cast(const std::string& x, torch::ScalarType type);
  std::string scalar(double value, torch::ScalarType type = torch::kFloat32);
  std::string constant(const std::string& name, const torch::Tensor& value);

  /// Makes `value`, the result of a step, an output of this name.
  void output(const std::string& value, Port port);
  Graph finish() && { return std::move(graph_); }

 private:
  Graph graph_;
  std::string scope_;
};

/// A name for the step: that of the operation in lower case, e.g. "linear".
const char* name_of(Operation operation);

/// "uint8", "int64", "float32" or "float64".
const char* name_of(torch::ScalarType type);

}  // namespace vib
