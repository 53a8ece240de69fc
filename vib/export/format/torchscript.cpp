#include <cctype>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <torch/csrc/jit/api/module.h>

#include "vib/export/format/formats.h"

namespace vib {
namespace {

using Op = Operation;

std::vector<std::string> split_at_dots(const std::string& name) {
  std::vector<std::string> parts;
  std::istringstream text(name);
  for (std::string part; std::getline(text, part, '.');) parts.push_back(part);
  return parts;
}

// "layers.0.weight" as an expression: a number is the name of an attribute, but none that may follow a dot.
std::string attribute_of_self(const std::string& name) {
  std::string expression = "self";
  for (const auto& part : split_at_dots(name)) {
    const bool number = std::isdigit(static_cast<unsigned char>(part.front())) != 0;
    expression = number ? fmt::format("getattr({}, \"{}\")", expression, part) : fmt::format("{}.{}", expression, part);
  }
  return expression;
}

// With a point or an exponent, so that it is read as a floating-point number.
std::string literal(double value) {
  auto text = fmt::format("{:.17g}", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string list(const std::vector<std::int64_t>& values) { return fmt::format("[{}]", fmt::join(values, ", ")); }

/// The numbers `value`, one for each of `dimensions` dimensions.
std::string same_for_all(std::int64_t dimensions, std::int64_t value) {
  return list(std::vector<std::int64_t>(static_cast<std::size_t>(dimensions), value));
}

/// The right-hand side of a step; `x` are its inputs as expressions.
std::string expression(const Node& node, const std::vector<std::string>& x) {
  const auto& i = node.integers;
  switch (node.operation) {
    case Op::kCast: return fmt::format("{}.to({})", x[0], static_cast<int>(node.type));
    case Op::kAdd: return fmt::format("{} + {}", x[0], x[1]);
    case Op::kSubtract: return fmt::format("{} - {}", x[0], x[1]);
    case Op::kMultiply: return fmt::format("{} * {}", x[0], x[1]);
    case Op::kDivide: return fmt::format("{} / {}", x[0], x[1]);
    case Op::kExp: return fmt::format("torch.exp({})", x[0]);
    case Op::kLog: return fmt::format("torch.log({})", x[0]);
    case Op::kSqrt: return fmt::format("torch.sqrt({})", x[0]);
    case Op::kErf: return fmt::format("torch.erf({})", x[0]);
    case Op::kRelu: return fmt::format("torch.relu({})", x[0]);
    case Op::kSigmoid: return fmt::format("torch.sigmoid({})", x[0]);
    case Op::kTanh: return fmt::format("torch.tanh({})", x[0]);
    case Op::kSoftplus: return fmt::format("torch.softplus({})", x[0]);
    case Op::kClip: return fmt::format("torch.clamp({})", fmt::join(x, ", "));
    case Op::kLess: return fmt::format("{} < {}", x[0], x[1]);
    case Op::kIsNan: return fmt::format("torch.isnan({})", x[0]);
    case Op::kWhere: return fmt::format("torch.where({})", fmt::join(x, ", "));
    case Op::kLinear: return fmt::format("torch.linear({})", fmt::join(x, ", "));
    case Op::kConvolution:
      return fmt::format("torch.conv{}d({}, {}, {})", i[0], fmt::join(x, ", "), same_for_all(i[0], 1),
                         same_for_all(i[0], i[1]));
    case Op::kMaxPool:
      return fmt::format("torch.max_pool{}d({}, {}, {})", i[0], x[0], same_for_all(i[0], i[1]),
                         same_for_all(i[0], i[2]));
    case Op::kEmbedding: return fmt::format("torch.embedding({}, {})", x[1], x[0]);
    case Op::kFlatten: return fmt::format("torch.flatten({}, 1)", x[0]);
    case Op::kReshape: return fmt::format("torch.reshape({}, {})", x[0], list(i));
    case Op::kTranspose: return fmt::format("torch.permute({}, {})", x[0], list(i));
    case Op::kUnsqueeze: return fmt::format("torch.unsqueeze({}, {})", x[0], i[0]);
    case Op::kNarrow: return fmt::format("torch.narrow({}, {}, {}, {})", x[0], i[0], i[1], i[2]);
    case Op::kColumns: return fmt::format("{0}.index_select(-1, torch.tensor({1}, device={0}.device))", x[0], list(i));
    case Op::kConcatenate: return fmt::format("torch.cat([{}], {})", fmt::join(x, ", "), i[0]);
    case Op::kSum: return fmt::format("torch.sum({}, [{}])", x[0], i[0]);
    case Op::kMean: return fmt::format("torch.mean({}, [{}])", x[0], i[0]);
    case Op::kMaximum: return fmt::format("torch.amax({}, [{}])", x[0], i[0]);
    case Op::kSoftmax: return fmt::format("torch.softmax({}, -1)", x[0]);
    case Op::kRepeat: return fmt::format("{}.expand([{}, -1, -1])", x[0], i[0]);
    case Op::kNormalLike: return fmt::format("torch.randn_like({})", x[0]);
  }
  TORCH_CHECK(false, "unknown operation");
}

std::string operand(const Graph& graph, const std::string& name) {
  if (const auto scalar = graph.scalars.find(name); scalar != graph.scalars.end()) return literal(scalar->second.value);
  return graph.weights.contains(name) || graph.constants.contains(name) ? attribute_of_self(name) : name;
}

/// Modules inside each other, as the dots in names have it. A module is put into the one around it as it is then, so
/// that a branch is filled first.
class ModuleTree {
 public:
  void insert(const std::string& name, const torch::Tensor& tensor, bool buffer) {
    auto* at = this;
    auto parts = split_at_dots(name);
    const auto last = parts.back();
    parts.pop_back();
    for (const auto& part : parts) at = &at->branch(part);
    at->tensors_.push_back({last, tensor, buffer});
  }

  torch::jit::Module build(const std::shared_ptr<torch::jit::CompilationUnit>& unit, const std::string& name) const {
    torch::jit::Module module(c10::QualifiedName(name), unit);
    module.register_attribute("training", c10::BoolType::get(), false);
    for (const auto& [key, tensor, buffer] : tensors_) module.register_parameter(key, tensor.detach(), buffer);
    for (const auto& [key, tree] : branches_) {
      const bool number = std::isdigit(static_cast<unsigned char>(key.front())) != 0;
      module.register_module(key, tree.build(unit, fmt::format("{}_{}", name, number ? "at" + key : key)));
    }
    return module;
  }

 private:
  struct Entry {
    std::string name;
    torch::Tensor tensor;
    bool buffer;
  };

  ModuleTree& branch(const std::string& name) {
    for (auto& [key, tree] : branches_)
      if (key == name) return tree;
    return branches_.emplace_back(name, ModuleTree()).second;
  }

  std::vector<Entry> tensors_;
  std::vector<std::pair<std::string, ModuleTree>> branches_;
};

/// `graph` as a method, the source that LibTorch compiles.
std::string torchscript_source(const Graph& graph) {
  std::string text = "def forward(self, inputs: Tensor) -> Dict[str, Tensor]:\n";
  // Numbers between 0 and 1 in place of bytes are an easy mistake, and would give a plausible answer.
  if (graph.input.type == torch::kUInt8)
    text += fmt::format("  assert inputs.dtype == {}, \"inputs must be uint8, 0 to 255\"\n",
                        static_cast<int>(torch::kUInt8));
  for (const auto& node : graph.nodes) {
    std::vector<std::string> operands;
    for (const auto& name : node.inputs) operands.push_back(operand(graph, name));
    text += fmt::format("  {} = {}\n", node.output, expression(node, operands));
  }
  std::vector<std::string> results;
  for (const auto& output : graph.outputs) results.push_back(fmt::format("\"{0}\": {0}", output.name));
  return text + fmt::format("  return {{{}}}\n", fmt::join(results, ", "));
}

/// A module that `torch.jit.load` reads, with `metadata` as its extra file `metadata.json`. Its parameters are the
/// graph's weights, by their names; its buffers the constants. It needs no gradient.
std::string to_torchscript(const Graph& graph, const ExportMetadata& metadata) {
  ModuleTree tree;
  for (const auto& weight : graph.weights) tree.insert(weight.key(), weight.value(), /*buffer=*/false);
  for (const auto& constant : graph.constants) tree.insert(constant.key(), constant.value(), /*buffer=*/true);
  auto module = tree.build(std::make_shared<torch::jit::CompilationUnit>(), "__torch__.vib");
  module.define(torchscript_source(graph));
  std::ostringstream bytes;
  module.save(bytes, {{"metadata.json", nlohmann::json(metadata).dump(2)}});
  return std::move(bytes).str();
}

}  // namespace

ExportFormat torchscript_format() {
  ExportFormat format;
  format.name = "torchscript";
  format.meaning = "the network";
  format.file = "model.torchscript.pt";
  format.write_graph = to_torchscript;
  return format;
}

}  // namespace vib
