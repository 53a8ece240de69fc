#include "vib/export/layers.h"

#include <numbers>

#include <fmt/format.h>

namespace vib {
namespace {

using Op = Operation;

// x Φ(x), Φ the distribution function of N(0, 1).
std::string gelu(GraphBuilder& g, const std::string& x) {
  const auto erf = g.add(Op::kErf, {g.add(Op::kMultiply, {x, g.scalar(1 / std::numbers::sqrt2)})});
  const auto share = g.add(Op::kMultiply, {g.add(Op::kAdd, {erf, g.scalar(1)}), g.scalar(0.5)});
  return g.add(Op::kMultiply, {x, share});
}

}  // namespace

std::string linear_layer(GraphBuilder& g, const std::string& x, const std::string& layer) {
  return g.add(Op::kLinear, {x, layer + ".weight", layer + ".bias"});
}

std::string activation_of(GraphBuilder& g, const std::string& x, Activation activation) {
  switch (activation) {
    case Activation::kRelu: return g.add(Op::kRelu, {x});
    case Activation::kGelu: return gelu(g, x);
    case Activation::kSilu: return g.add(Op::kMultiply, {x, g.add(Op::kSigmoid, {x})});
    case Activation::kTanh: return g.add(Op::kTanh, {x});
  }
  TORCH_CHECK(false, "unknown activation");
}

std::string mlp_layers(GraphBuilder& g, std::string x, const MlpOptions& options, const std::string& layer) {
  for (std::size_t i = 0; i < options.hidden().size(); ++i)
    x = activation_of(g, linear_layer(g, x, fmt::format("{}.layers.{}", layer, i)), options.activation());
  return x;
}

std::string mask_of_tokens(GraphBuilder& g, const std::string& tokens) {
  return g.add(Op::kClip, {g.cast(tokens, torch::kFloat32), g.scalar(0), g.scalar(1)});
}

}  // namespace vib
