#include "vib/report/embedding.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "vib/core/csv.h"
#include "vib/report/plot/format.h"

namespace vib {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Of the ellipses for every example one would see a single blot.
constexpr std::size_t kEllipses = 10;  // of each class
constexpr int kCorners = 40;           // of an ellipse

// In two dimensions this many standard deviations hold 95 %: 1 - exp(-r²/2) = 0.95.
const double kRadius = std::sqrt(-2 * std::log(0.05));

/// Adds an ellipse to a series of outlines, a gap after it.
void add_ellipse(Series& outlines, const std::array<double, 2>& center, const std::array<double, 2>& stddev) {
  if (!std::isfinite(stddev[0] + stddev[1])) return;
  for (int i = 0; i < kCorners; ++i) {
    const double angle = 2 * std::numbers::pi * i / kCorners;
    outlines.x.push_back(center[0] + kRadius * stddev[0] * std::cos(angle));
    outlines.y.push_back(center[1] + kRadius * stddev[1] * std::sin(angle));
  }
  outlines.x.push_back(kNaN);
  outlines.y.push_back(kNaN);
}

Series points_of_class(const std::vector<EmbeddedExample>& examples, std::int64_t label) {
  Series points{.name = fmt::format("{}", label), .x = {}, .y = {}, .mark = Mark::kPoints};
  for (const EmbeddedExample& example : examples) {
    if (example.label != label) continue;
    points.x.push_back(example.mean[0]);
    points.y.push_back(example.mean[1]);
  }
  points.color = static_cast<std::size_t>(label);
  return points;
}

Series ellipses_of_class(const std::vector<EmbeddedExample>& examples, std::int64_t label) {
  Series ellipses{.name = "", .x = {}, .y = {}, .mark = Mark::kOutline, .color = static_cast<std::size_t>(label)};
  std::size_t count = 0;
  for (const EmbeddedExample& example : examples) {
    if (example.label == label && count++ < kEllipses) add_ellipse(ellipses, example.mean, example.stddev);
  }
  return ellipses;
}

/// Once around, and closed.
Series prior_circle() {
  Series circle{.name = "prior, 95 %", .x = {}, .y = {}, .mark = Mark::kOutline, .color = kNeutral};
  add_ellipse(circle, {0, 0}, {1, 1});
  circle.x.back() = circle.x.front();  // dashes are for lines, which do not close by themselves
  circle.y.back() = circle.y.front();
  circle.mark = Mark::kDashed;
  return circle;
}

}  // namespace

std::vector<EmbeddedExample> embed(VibModel model, const Dataset& data, std::int64_t most) {
  TORCH_CHECK(model->latent() == 2, "an embedding needs a latent of 2 dimensions, not ", model->latent());
  const at::NoGradGuard no_gradients;
  model->eval();
  const std::int64_t count = std::min(most, data.size());
  const Posterior posterior = model->encode(data.batch_inputs(0, count));
  const auto in_doubles = [](const torch::Tensor& t) { return t.to(torch::kCPU, torch::kFloat64).contiguous(); };
  const torch::Tensor mean = in_doubles(posterior.mean());
  const torch::Tensor stddev =
      posterior.deterministic() ? torch::full_like(mean, kNaN) : in_doubles(posterior.stddev());
  const torch::Tensor labels = data.targets.slice(0, 0, count).to(torch::kCPU, torch::kInt64).contiguous();

  std::vector<EmbeddedExample> examples(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const double* m = mean.const_data_ptr<double>() + 2 * i;
    const double* s = stddev.const_data_ptr<double>() + 2 * i;
    examples[i] = {labels.const_data_ptr<std::int64_t>()[i], {m[0], m[1]}, {s[0], s[1]}};
  }
  return examples;
}

Plot embedding_plot(const std::vector<EmbeddedExample>& examples) {
  std::int64_t classes = 0;
  bool stochastic = false;
  for (const EmbeddedExample& example : examples) {
    classes = std::max(classes, example.label + 1);
    stochastic |= std::isfinite(example.stddev[0]);
  }
  Plot plot{fmt::format("Embedding of the first {} test examples", grouped(static_cast<double>(examples.size()))),
            {"z₁"},
            {"z₂"}};
  plot.equal_scale = true;
  if (stochastic) plot.series.push_back(prior_circle());
  for (std::int64_t label = 0; label < classes; ++label) plot.series.push_back(points_of_class(examples, label));
  if (!stochastic) return plot;
  plot.series.push_back({.name = fmt::format("q(z|x) of {} a class, 95 %", kEllipses),
                         .x = {},
                         .y = {},
                         .mark = Mark::kOutline,
                         .color = kNeutral});
  for (std::int64_t label = 0; label < classes; ++label) plot.series.push_back(ellipses_of_class(examples, label));
  return plot;
}

std::string embedding_csv(const std::vector<EmbeddedExample>& examples) {
  std::string csv = "example,label,mu_1,mu_2,sigma_1,sigma_2\n";
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto& [label, mean, stddev] = examples[i];
    csv += fmt::format("{},{},{},{},{},{}\n", i, label, csv_field(mean[0]), csv_field(mean[1]), csv_field(stddev[0]),
                       csv_field(stddev[1]));
  }
  return csv;
}

}  // namespace vib
