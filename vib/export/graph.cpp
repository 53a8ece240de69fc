#include "vib/export/graph.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace vib {

const char* name_of(Operation operation) {
  switch (operation) {
    case Operation::kCast: return "cast";
    case Operation::kAdd: return "add";
    case Operation::kSubtract: return "subtract";
    case Operation::kMultiply: return "multiply";
    case Operation::kDivide: return "divide";
    case Operation::kExp: return "exp";
    case Operation::kLog: return "log";
    case Operation::kSqrt: return "sqrt";
    case Operation::kErf: return "erf";
    case Operation::kRelu: return "relu";
    case Operation::kSigmoid: return "sigmoid";
    case Operation::kTanh: return "tanh";
    case Operation::kSoftplus: return "softplus";
    case Operation::kClip: return "clip";
    case Operation::kLess: return "less";
    case Operation::kIsNan: return "is_nan";
    case Operation::kWhere: return "where";
    case Operation::kLinear: return "linear";
    case Operation::kConvolution: return "convolution";
    case Operation::kMaxPool: return "max_pool";
    case Operation::kEmbedding: return "embedding";
    case Operation::kFlatten: return "flatten";
    case Operation::kReshape: return "reshape";
    case Operation::kTranspose: return "transpose";
    case Operation::kUnsqueeze: return "unsqueeze";
    case Operation::kNarrow: return "narrow";
    case Operation::kColumns: return "columns";
    case Operation::kConcatenate: return "concatenate";
    case Operation::kSum: return "sum";
    case Operation::kMean: return "mean";
    case Operation::kMaximum: return "maximum";
    case Operation::kSoftmax: return "softmax";
    case Operation::kRepeat: return "repeat";
    case Operation::kNormalLike: return "normal";
  }
  TORCH_CHECK(false, "unknown operation");
}

const char* name_of(torch::ScalarType type) {
  switch (type) {
    case torch::kUInt8: return "uint8";
    case torch::kInt64: return "int64";
    case torch::kFloat32: return "float32";
    case torch::kFloat64: return "float64";
    default: TORCH_CHECK(false, "no type of an exported graph: ", type);
  }
}

GraphBuilder::GraphBuilder(Port input) { graph_.input = std::move(input); }

void GraphBuilder::use(const TensorMap& weights, std::string scope) {
  scope_ = std::move(scope);
  for (const auto& weight : weights) graph_.weights.insert(scope_ + weight.key(), weight.value());
}

std::string GraphBuilder::add(Operation operation, std::vector<std::string> inputs,
                              std::vector<std::int64_t> integers) {
  for (auto& input : inputs)
    if (graph_.weights.contains(scope_ + input)) input = scope_ + input;
  auto output = fmt::format("{}_{}", name_of(operation), graph_.nodes.size());
  graph_.nodes.push_back({operation, std::move(inputs), output, std::move(integers)});
  return output;
}

std::string GraphBuilder::cast(const std::string& x, torch::ScalarType type) {
  auto output = add(Operation::kCast, {x});
  graph_.nodes.back().type = type;
  return output;
}

std::string GraphBuilder::scalar(double value, torch::ScalarType type) {
  for (const auto& [name, known] : graph_.scalars)
    if (known.value == value && known.type == type) return name;
  auto name = fmt::format("scalar_{}", graph_.scalars.size());
  graph_.scalars[name] = {value, type};
  return name;
}

std::string GraphBuilder::constant(const std::string& name, const torch::Tensor& value) {
  graph_.constants.insert(name, value);
  return name;
}

void GraphBuilder::output(const std::string& value, Port port) {
  for (auto& node : graph_.nodes) {
    std::ranges::replace(node.inputs, value, port.name);
    if (node.output == value) node.output = port.name;
  }
  graph_.outputs.push_back(std::move(port));
}

}  // namespace vib
