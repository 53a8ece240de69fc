#include "vib/export/network_graph.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "vib/core/units.h"
#include "vib/distribution/cholesky.h"
#include "vib/distribution/log_variance.h"
#include "vib/export/encoder/encoder_graphs.h"
#include "vib/export/layers.h"
#include "vib/export/likelihood_graphs.h"
#include "vib/export/prior/prior_graphs.h"
#include "vib/nn/weights.h"

namespace vib {
namespace {

using Op = Operation;
using Value = std::string;
using Inputs = DataDescription::Inputs;

// softplus(x) = exp(x) below this, to float32's resolution: its logarithm is x.
constexpr double kLogSoftplusTail = -18.0;

// --- Inputs ----------------------------------------------------------------------------------------------------------

// Numbers that were standardised in float64 are taken so: in float32 a large one would have lost its digits by then.
torch::ScalarType input_type(const DataDescription& data) {
  if (data.inputs == Inputs::kBytes) return torch::kUInt8;
  if (data.inputs == Inputs::kTokens) return torch::kInt64;
  const bool exact = data.mean.defined() && data.mean.scalar_type() == torch::kFloat64;
  return exact || !data.table.inputs.empty() ? torch::kFloat64 : torch::kFloat32;
}

Port input_port(const DataDescription& data) {
  Port port{"inputs", input_type(data), {{0, "batch"}}};
  for (const auto size : data.shape) port.shape.push_back({size, {}});
  if (data.inputs == Inputs::kTokens) port.shape.back() = {0, "length"};  // the encoders of texts take any
  return port;
}

// In float64, so that a large mean does not cost the digits behind it.
Value standardise(GraphBuilder& g, const Value& x, const torch::Tensor& mean, const torch::Tensor& scale) {
  const auto centre = g.constant("inputs.mean", mean.to(torch::kFloat64));
  const auto unit = g.constant("inputs.scale", scale.to(torch::kFloat64));
  const auto distance = g.add(Op::kSubtract, {g.cast(x, torch::kFloat64), centre});
  return g.cast(g.add(Op::kDivide, {distance, unit}), torch::kFloat32);
}

// Rows of a table: a category's 0 or 1 stays what it is.
Value prepare_rows(GraphBuilder& g, Value x, const TableEncoding& table) {
  std::vector<double> mean, scale, fill;
  for (const auto& column : table.inputs) {
    const auto width = static_cast<std::size_t>(column.width());
    mean.insert(mean.end(), width, column.numeric ? column.mean : 0);
    scale.insert(scale.end(), width, column.numeric ? column.scale : 1);
    fill.insert(fill.end(), width, column.numeric ? column.fill : std::numeric_limits<double>::quiet_NaN());
  }
  const auto numbers = [](const std::vector<double>& values) { return torch::tensor(values, torch::kFloat64); };
  if (table.missing == Missing::mean)
    x = g.add(Op::kWhere, {g.add(Op::kIsNan, {x}), g.constant("inputs.fill", numbers(fill)), x});
  return standardise(g, x, numbers(mean), numbers(scale));
}

/// What the encoder is given.
Value prepare(GraphBuilder& g, const DataDescription& data) {
  Value x = "inputs";
  if (data.inputs == Inputs::kTokens) return x;
  if (data.inputs == Inputs::kBytes) {
    x = g.add(Op::kMultiply, {g.cast(x, torch::kFloat32), g.scalar((data.high - data.low) / 255.0)});
    x = g.add(Op::kAdd, {x, g.scalar(data.low)});
  }
  if (!data.table.inputs.empty()) return prepare_rows(g, x, data.table);
  return data.mean.defined() ? standardise(g, x, data.mean, data.scale) : g.cast(x, torch::kFloat32);
}

// --- Posterior -------------------------------------------------------------------------------------------------------

struct PosteriorValues {
  Value mean;
  Value log_variance;  // empty: a point mass
  Value dependence;    // of z_i / σ_i on the noise of those before it, `[B, K, K]`; empty: a diagonal covariance
};

// 2 log softplus(s - shift)
Value softplus_scale(GraphBuilder& g, const Value& s, double shift) {
  const auto x = g.add(Op::kSubtract, {s, g.scalar(shift)});
  const auto tail = g.scalar(kLogSoftplusTail);
  const auto body = g.add(Op::kLog, {g.add(Op::kSoftplus, {g.add(Op::kClip, {x, tail})})});
  return g.add(Op::kMultiply, {g.add(Op::kWhere, {g.add(Op::kLess, {x, tail}), x, body}), g.scalar(2)});
}

// a_ij / √K below the diagonal and 0 elsewhere, from a `[B, K (K - 1) / 2]` row by row.
Value dependence_of(GraphBuilder& g, const Value& a, std::int64_t k) {
  const auto scaled = g.add(Op::kMultiply, {a, g.scalar(1 / std::sqrt(static_cast<double>(k)))});
  const auto below = g.add(Op::kClip, {scaled, g.scalar(-kDependenceCeiling), g.scalar(kDependenceCeiling)});
  const auto nothing = g.add(Op::kMultiply, {g.add(Op::kNarrow, {a}, {1, 0, 1}), g.scalar(0)});
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < k; ++i)
    for (std::int64_t j = 0; j < k; ++j) places.push_back(j < i ? i * (i - 1) / 2 + j : k * (k - 1) / 2);
  const auto flat = g.add(Op::kColumns, {g.add(Op::kConcatenate, {below, nothing}, {1})}, places);
  return g.add(Op::kReshape, {flat}, {-1, k, k});
}

PosteriorValues posterior_of(GraphBuilder& g, const Value& features, const GaussianBottleneckOptions& options) {
  const auto both = linear_layer(g, features, "bottleneck.linear");
  if (options.deterministic()) return {both, {}, {}};
  const auto k = options.latent();
  const auto s = g.add(Op::kNarrow, {both}, {1, k, k});
  const auto log_variance = options.scale() == Scale::kSoftplus ? softplus_scale(g, s, options.shift()) : s;
  PosteriorValues posterior = {
      g.add(Op::kNarrow, {both}, {1, 0, k}),
      g.add(Op::kClip, {log_variance, g.scalar(kLogVarianceFloor), g.scalar(kLogVarianceCeiling)}),
      {}};
  if (options.covariance() == Covariance::kFull && k > 1)
    posterior.dependence = dependence_of(g, g.add(Op::kNarrow, {both}, {1, 2 * k, k * (k - 1) / 2}), k);
  return posterior;
}

Value squares_below(GraphBuilder& g, const PosteriorValues& posterior) {
  if (posterior.dependence.empty()) return {};
  const auto exact = g.cast(posterior.dependence, torch::kFloat64);
  const auto sums = g.add(Op::kSum, {g.add(Op::kMultiply, {exact, exact})}, {2});
  return g.add(Op::kMultiply, {sums, g.add(Op::kExp, {g.cast(posterior.log_variance, torch::kFloat64)})});
}

// z = μ + σ ε, with a full covariance μ + σ (ε + dependence ε): `[draws, B, K]` as `[draws B, K]`.
Value sample(GraphBuilder& g, const PosteriorValues& posterior, std::int64_t latent, std::int64_t draws) {
  const auto mean = g.add(Op::kRepeat, {posterior.mean}, {draws});
  const auto stddev = g.add(Op::kExp, {g.add(Op::kMultiply, {posterior.log_variance, g.scalar(0.5)})});
  auto noise = g.add(Op::kNormalLike, {mean});
  if (!posterior.dependence.empty()) {
    const auto products = g.add(Op::kMultiply, {g.add(Op::kUnsqueeze, {noise}, {2}), posterior.dependence});
    noise = g.add(Op::kAdd, {noise, g.add(Op::kSum, {products}, {3})});
  }
  const auto distance = g.add(Op::kMultiply, {noise, stddev});
  return g.add(Op::kReshape, {g.add(Op::kAdd, {mean, distance})}, {-1, latent});
}

// --- Predictions -----------------------------------------------------------------------------------------------------

/// How many numbers the likelihood's mean has.
std::int64_t width_of(const VibModelImpl& model) {
  return model.decoder->options.outputs() / model.likelihood().outputs(1);
}

MomentValues predict(GraphBuilder& g, const PosteriorValues& posterior, const VibModelImpl& model, std::int64_t draws) {
  if (posterior.log_variance.empty()) draws = 0;
  const auto z = draws > 0 ? sample(g, posterior, model.latent(), draws) : posterior.mean;
  const auto hidden = mlp_layers(g, z, model.decoder->trunk->options, "decoder.trunk");
  const auto width = width_of(model);
  auto [each, variance] = graph_of_moments(g, linear_layer(g, hidden, "decoder.linear"), model.likelihood(), width);
  if (!variance.empty())  // in the mean's shape
    variance = g.add(Op::kAdd, {g.add(Op::kMultiply, {each, g.scalar(0)}), variance});
  if (draws == 0) return {each, variance};
  const auto over_draws = [&](const Value& x) { return g.add(Op::kMean, {x}, {0}); };
  const auto apart = [&](const Value& x) { return g.add(Op::kReshape, {x}, {draws, -1, width}); };
  each = apart(each);
  const auto mean = over_draws(each);
  if (variance.empty()) return {mean, {}};
  const auto distance = g.add(Op::kSubtract, {each, mean});
  return {mean, over_draws(g.add(Op::kAdd, {apart(variance), g.add(Op::kMultiply, {distance, distance})}))};
}

/// `mean` and `sd`, in the data's unit: in float64, since there a large value's digits may count.
void add_values(GraphBuilder& g, MomentValues values, const DataDescription& data, std::int64_t width) {
  auto type = torch::kFloat32;
  auto sd = values.variance.empty() ? Value() : g.add(Op::kSqrt, {values.variance});
  if (data.target_mean.defined()) {
    type = torch::kFloat64;
    const auto scale = g.constant("targets.scale", data.target_scale);
    const auto scaled = [&](const Value& x) { return g.add(Op::kMultiply, {g.cast(x, type), scale}); };
    values.mean = g.add(Op::kAdd, {scaled(values.mean), g.constant("targets.mean", data.target_mean)});
    if (!sd.empty()) sd = scaled(sd);
  }
  const std::vector<Port::Size> shape = {{0, "batch"}, {width, {}}};
  g.output(values.mean, {"mean", type, shape});
  if (!sd.empty()) g.output(sd, {"sd", type, shape});
}

Value mean_of_all(GraphBuilder& g, const std::vector<Value>& values) {
  auto sum = values.front();
  for (std::size_t i = 1; i < values.size(); ++i) sum = g.add(Op::kAdd, {sum, values[i]});
  return values.size() == 1 ? sum : g.add(Op::kMultiply, {sum, g.scalar(1 / static_cast<double>(values.size()))});
}

/// The variance of a mixture is that of its members on average, and that of their means.
MomentValues mixture_of(GraphBuilder& g, const std::vector<MomentValues>& members) {
  if (members.size() == 1) return members.front();
  std::vector<Value> means, squares;
  for (const auto& member : members) means.push_back(member.mean);
  const auto mean = mean_of_all(g, means);
  if (members.front().variance.empty()) return {mean, {}};
  for (const auto& member : members) {
    const auto distance = g.add(Op::kSubtract, {member.mean, mean});
    squares.push_back(g.add(Op::kAdd, {member.variance, g.add(Op::kMultiply, {distance, distance})}));
  }
  return {mean, mean_of_all(g, squares)};
}

// What the prior learned is of no use without a rate.
TensorMap weights_of(const VibModelImpl& model, bool with_prior) {
  TensorMap weights;
  for (const auto& item : copy_weights(model))
    if (with_prior || !item.key().starts_with("prior.")) weights.insert(item.key(), item.value());
  return weights;
}

}  // namespace

Graph network_graph(const std::vector<VibModel>& members, const DataDescription& data, std::int64_t draws) {
  GraphBuilder g(input_port(data));
  const auto inputs = prepare(g, data);
  std::vector<MomentValues> moments;
  std::vector<Value> rates;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& model = members[i];
    // Without a closed form the rate is no output: no two calls would agree on an average over draws.
    const bool with_rate = !model->deterministic() && model->prior.has_closed_form();
    g.use(weights_of(*model, with_rate), members.size() == 1 ? "" : fmt::format("members.{}.", i));
    const auto features = graph_of_encoder(g, inputs, *model->backbone.module());
    const auto posterior = posterior_of(g, features, model->bottleneck->options);
    moments.push_back(predict(g, posterior, *model, draws));
    if (with_rate)
      rates.push_back(graph_of_rate_bits(g, {posterior.mean, posterior.log_variance, squares_below(g, posterior)},
                                         *model->prior.module()));
  }
  auto [mean, variance] = mixture_of(g, moments);
  const auto width = width_of(*members.front());
  if (data.classes == 2 && width == 1)  // one label, the probability of class 1
    mean = g.add(Op::kConcatenate, {g.add(Op::kSubtract, {g.scalar(1), mean}), mean}, {1});
  if (data.classes > 0)
    g.output(mean, {"probabilities", torch::kFloat32, {{0, "batch"}, {data.classes, {}}}});
  else
    add_values(g, {mean, variance}, data, width);
  if (!rates.empty()) g.output(mean_of_all(g, rates), {"rate_bits", torch::kFloat32, {{0, "batch"}}});
  return std::move(g).finish();
}

}  // namespace vib
