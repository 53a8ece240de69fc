#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/protobuf.h"
#include "vib/export/format/formats.h"
#include "vib/version.h"

// Field numbers and codes of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, which never change.

namespace vib {
namespace {

using Op = Operation;
using Integers = std::vector<std::int64_t>;

constexpr std::int64_t kIrVersion = 8;
constexpr std::int64_t kOperatorSet = 17;
constexpr std::int64_t kLargestModel = (std::int64_t{1} << 31) - 1;  // Protocol Buffers' own limit

// TensorProto.DataType
std::int64_t type_code(torch::ScalarType type) {
  switch (type) {
    case torch::kFloat32: return 1;
    case torch::kUInt8: return 2;
    case torch::kInt64: return 7;
    case torch::kFloat64: return 11;
    default: TORCH_CHECK(false, "no type of an exported graph: ", type);
  }
}

ProtobufMessage tensor_proto(const std::string& name, const torch::Tensor& value) {
  const auto tensor = value.to(torch::kCPU).contiguous();
  ProtobufMessage message;
  for (const auto size : tensor.sizes()) message.integer(/*dims=*/1, size);
  message.integer(/*data_type=*/2, type_code(tensor.scalar_type())).string(/*name=*/8, name);
  return message.string(/*raw_data=*/9, {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()});
}

ProtobufMessage value_info(const Port& port) {
  ProtobufMessage shape;
  for (const auto& [size, name] : port.shape) {
    ProtobufMessage dimension;
    if (name.empty())
      dimension.integer(/*dim_value=*/1, size);
    else
      dimension.string(/*dim_param=*/2, name);
    shape.message(/*dim=*/1, dimension);
  }
  ProtobufMessage tensor;
  tensor.integer(/*elem_type=*/1, type_code(port.type)).message(/*shape=*/2, shape);
  return ProtobufMessage()
      .string(/*name=*/1, port.name)
      .message(/*type=*/2, ProtobufMessage().message(/*tensor_type=*/1, tensor));
}

/// A step as an operator: its type, its attributes, and the lists of integers that it takes as tensors behind its
/// inputs.
struct Operator {
  const char* type;
  std::vector<ProtobufMessage> attributes = {};
  std::vector<Integers> tensors = {};
};

ProtobufMessage attribute(std::string_view name, std::int64_t value) {
  return ProtobufMessage().string(/*name=*/1, name).integer(/*i=*/3, value).integer(/*type=*/20, /*INT*/ 2);
}

ProtobufMessage attribute(std::string_view name, const Integers& values) {
  ProtobufMessage message;
  message.string(/*name=*/1, name);
  for (const auto value : values) message.integer(/*ints=*/8, value);
  return message.integer(/*type=*/20, /*INTS*/ 7);
}

Integers repeated(std::int64_t times, std::int64_t value) { return Integers(static_cast<std::size_t>(times), value); }

Operator operator_of(const Node& node) {
  const auto& i = node.integers;
  const auto drop = attribute("keepdims", 0);
  switch (node.operation) {
    case Op::kCast: return {"Cast", {attribute("to", type_code(node.type))}};
    case Op::kAdd: return {"Add"};
    case Op::kSubtract: return {"Sub"};
    case Op::kMultiply: return {"Mul"};
    case Op::kDivide: return {"Div"};
    case Op::kExp: return {"Exp"};
    case Op::kLog: return {"Log"};
    case Op::kSqrt: return {"Sqrt"};
    case Op::kErf: return {"Erf"};
    case Op::kRelu: return {"Relu"};
    case Op::kSigmoid: return {"Sigmoid"};
    case Op::kTanh: return {"Tanh"};
    case Op::kSoftplus: return {"Softplus"};
    case Op::kClip: return {"Clip"};
    case Op::kLess: return {"Less"};
    case Op::kIsNan: return {"IsNaN"};
    case Op::kWhere: return {"Where"};
    case Op::kLinear: return {"Gemm", {attribute("transB", 1)}};
    case Op::kConvolution: return {"Conv", {attribute("pads", repeated(2 * i[0], i[1]))}};
    case Op::kMaxPool:
      return {"MaxPool", {attribute("kernel_shape", repeated(i[0], i[1])), attribute("strides", repeated(i[0], i[2]))}};
    case Op::kEmbedding: return {"Gather"};
    case Op::kFlatten: return {"Flatten", {attribute("axis", 1)}};
    case Op::kReshape: return {"Reshape", {}, {i}};
    case Op::kTranspose: return {"Transpose", {attribute("perm", i)}};
    case Op::kUnsqueeze: return {"Unsqueeze", {}, {i}};
    case Op::kNarrow: return {"Slice", {}, {{i[1]}, {i[1] + i[2]}, {i[0]}}};
    case Op::kColumns: return {"Gather", {attribute("axis", -1)}, {i}};
    case Op::kConcatenate: return {"Concat", {attribute("axis", i[0])}};
    case Op::kSum: return {"ReduceSum", {drop}, {{i[0]}}};
    case Op::kMean: return {"ReduceMean", {drop, attribute("axes", Integers{i[0]})}};
    case Op::kMaximum: return {"ReduceMax", {drop, attribute("axes", Integers{i[0]})}};
    case Op::kSoftmax: return {"Softmax", {attribute("axis", -1)}};
    case Op::kRepeat: return {"Expand", {}, {{i[0], 1, 1}}};
    case Op::kNormalLike: return {"RandomNormalLike"};
  }
  TORCH_CHECK(false, "unknown operation");
}

/// Adds the node, and the tensors that it takes its integers as, to the graph.
void add_node(ProtobufMessage& graph, const Node& node) {
  const auto written = operator_of(node);
  auto inputs = node.inputs;
  if (node.operation == Op::kEmbedding) inputs = {node.inputs[1], node.inputs[0]};  // Gather takes the table first
  for (std::size_t t = 0; t < written.tensors.size(); ++t) {
    inputs.push_back(fmt::format("{}.integers_{}", node.output, t));
    graph.message(/*initializer=*/5, tensor_proto(inputs.back(), torch::tensor(written.tensors[t], torch::kInt64)));
  }
  ProtobufMessage message;
  for (const auto& input : inputs) message.string(/*input=*/1, input);
  message.string(/*output=*/2, node.output).string(/*name=*/3, node.output).string(/*op_type=*/4, written.type);
  for (const auto& one : written.attributes) message.message(/*attribute=*/5, one);
  graph.message(/*node=*/1, message);
}

void check_size(const Graph& graph) {
  std::int64_t bytes = 1 << 20;  // for all that is not weights
  for (const auto& weight : graph.weights) bytes += static_cast<std::int64_t>(weight.value().nbytes());
  if (bytes > kLargestModel)
    throw StateError(
        fmt::format("the weights take {} bytes, and an ONNX file holds 2 GiB at most; use torchscript or "
                    "safetensors",
                    bytes));
}

ProtobufMessage graph_proto(const Graph& graph) {
  ProtobufMessage message;
  message.string(/*name=*/2, "vib");
  for (const auto& weight : graph.weights)
    message.message(/*initializer=*/5, tensor_proto(weight.key(), weight.value()));
  for (const auto& one : graph.constants) message.message(/*initializer=*/5, tensor_proto(one.key(), one.value()));
  for (const auto& [name, scalar] : graph.scalars)
    message.message(/*initializer=*/5, tensor_proto(name, torch::scalar_tensor(scalar.value, scalar.type)));
  for (const auto& node : graph.nodes) add_node(message, node);
  message.message(/*input=*/11, value_info(graph.input));
  for (const auto& output : graph.outputs) message.message(/*output=*/12, value_info(output));
  return message;
}

/// A model (operator set 17, IR version 8) of standard operators alone, with `metadata` among its properties. Its
/// initializers have the weights' names. Throws vib::StateError where the weights exceed the 2 GiB that such a file can
/// hold.
std::string to_onnx(const Graph& graph, const ExportMetadata& metadata) {
  check_size(graph);
  ProtobufMessage model;
  model.integer(/*ir_version=*/1, kIrVersion)
      .string(/*producer_name=*/2, "vib")
      .string(/*producer_version=*/3, kVersion);
  model.message(/*opset_import=*/8, ProtobufMessage().string(/*domain=*/1, "").integer(/*version=*/2, kOperatorSet));
  for (const auto& [key, value] : metadata)
    model.message(/*metadata_props=*/14, ProtobufMessage().string(/*key=*/1, key).string(/*value=*/2, value));
  return model.message(/*graph=*/7, graph_proto(graph)).bytes();
}

}  // namespace

ExportFormat onnx_format() {
  ExportFormat format;
  format.name = "onnx";
  format.meaning = "the network";
  format.file = "model.onnx";
  format.write_graph = to_onnx;
  return format;
}

}  // namespace vib
