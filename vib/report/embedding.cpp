#include "vib/report/embedding.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <numbers>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "vib/core/csv.h"
#include "vib/nn/module_mode.h"
#include "vib/report/plot/format.h"

namespace vib {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Of the ellipses for every example one would see a single blot.
constexpr std::size_t kEllipses = 10;  // of each colour
constexpr std::size_t kColours = 10;   // of the palette
constexpr int kCorners = 40;           // of an ellipse

// In two dimensions this many standard deviations hold 95 %: 1 - exp(-r²/2) = 0.95.
const double kRadius = std::sqrt(-2 * std::log(0.05));

/// Adds the ellipse of a Gaussian to a series of outlines, a gap after it: the circle, drawn out by the factor of the
/// covariance.
void add_ellipse(Series& outlines, const EmbeddedExample& q) {
  if (!std::isfinite(q.stddev[0] + q.stddev[1] + q.correlation)) return;
  const double rest = std::sqrt(1 - q.correlation * q.correlation);
  for (int i = 0; i < kCorners; ++i) {
    const double angle = 2 * std::numbers::pi * i / kCorners;
    const double x = kRadius * std::cos(angle), y = kRadius * std::sin(angle);
    outlines.x.push_back(q.mean[0] + q.stddev[0] * x);
    outlines.y.push_back(q.mean[1] + q.stddev[1] * (q.correlation * x + rest * y));
  }
  outlines.x.push_back(kNaN);
  outlines.y.push_back(kNaN);
}

/// Examples that are drawn in one colour.
struct ColourGroup {
  std::string name;
  std::size_t color;
  std::vector<EmbeddedExample> examples = {};
};

/// The most frequent classes, in their order, and the others as one.
std::vector<ColourGroup> groups_of_classes(const std::vector<EmbeddedExample>& examples) {
  std::map<double, std::size_t> counts;
  for (const EmbeddedExample& example : examples) ++counts[example.target];
  std::vector<double> named;
  for (const auto& [label, count] : counts) named.push_back(label);
  std::stable_sort(named.begin(), named.end(), [&](double a, double b) { return counts[a] > counts[b]; });
  named.resize(std::min(named.size(), kColours));
  std::sort(named.begin(), named.end());

  std::vector<ColourGroup> groups;
  const bool own_colours = counts.empty() || counts.rbegin()->first < static_cast<double>(kColours);
  for (const double label : named)
    groups.push_back({fmt::format("{}", label), own_colours ? static_cast<std::size_t>(label) : groups.size()});
  if (counts.size() > kColours) groups.push_back({"other classes", kNeutral});
  for (const EmbeddedExample& example : examples) {
    const auto place = std::lower_bound(named.begin(), named.end(), example.target);
    const bool is_named = place != named.end() && *place == example.target;
    groups[is_named ? static_cast<std::size_t>(place - named.begin()) : kColours].examples.push_back(example);
  }
  return groups;
}

/// By their values, as many examples in each as ties allow.
std::vector<ColourGroup> groups_of_values(std::vector<EmbeddedExample> examples) {
  constexpr std::size_t kSteps = 5;
  std::erase_if(examples, [](const EmbeddedExample& example) { return !std::isfinite(example.target); });
  std::stable_sort(examples.begin(), examples.end(), [](const auto& a, const auto& b) { return a.target < b.target; });
  std::vector<ColourGroup> groups;
  std::size_t begin = 0;
  for (std::size_t step = 1; step <= kSteps; ++step) {
    std::size_t end = examples.size() * step / kSteps;
    while (end > begin && end < examples.size() && examples[end].target == examples[end - 1].target) ++end;
    if (end <= begin) continue;
    const double low = examples[begin].target, high = examples[end - 1].target;
    groups.push_back(
        {low == high ? fmt::format("target {:.6g}", low) : fmt::format("target {:.6g} to {:.6g}", low, high),
         groups.size(),
         {examples.begin() + static_cast<std::ptrdiff_t>(begin), examples.begin() + static_cast<std::ptrdiff_t>(end)}});
    begin = end;
  }
  return groups;
}

Series points_of(const ColourGroup& group) {
  Series points{.name = group.name, .x = {}, .y = {}, .mark = Mark::kPoints, .color = group.color};
  for (const EmbeddedExample& example : group.examples) {
    points.x.push_back(example.mean[0]);
    points.y.push_back(example.mean[1]);
  }
  return points;
}

Series ellipses_of(const ColourGroup& group) {
  Series ellipses{.name = "", .x = {}, .y = {}, .mark = Mark::kOutline, .color = group.color};
  for (std::size_t i = 0; i < std::min(kEllipses, group.examples.size()); ++i) add_ellipse(ellipses, group.examples[i]);
  return ellipses;
}

/// Once around, and closed.
Series prior_circle() {
  Series circle{.name = "N(0, I), 95 %", .x = {}, .y = {}, .mark = Mark::kOutline, .color = kNeutral};
  add_ellipse(circle, {.stddev = {1, 1}});
  circle.x.back() = circle.x.front();  // dashes are for lines, which do not close by themselves
  circle.y.back() = circle.y.front();
  circle.mark = Mark::kDashed;
  return circle;
}

}  // namespace

std::vector<EmbeddedExample> embed(VibModel model, const Dataset& data, std::int64_t most) {
  TORCH_CHECK(model->latent() == 2, "an embedding needs a latent of 2 dimensions, not ", model->latent());
  TORCH_CHECK(data.targets.defined(), "an embedding needs targets to tell its points apart by");
  const at::NoGradGuard no_gradients;
  const ModuleMode evaluation(*model, ModuleMode::kEvaluation);
  const std::int64_t count = std::min(most, data.size());
  const Posterior posterior = model->encode(data.batch_inputs(0, count));
  const auto in_doubles = [](const torch::Tensor& t) { return t.to(torch::kCPU, torch::kFloat64).contiguous(); };
  const torch::Tensor mean = in_doubles(posterior.mean());
  const bool spreads = !posterior.deterministic();
  const torch::Tensor stddev = spreads ? in_doubles(posterior.stddev()) : torch::full_like(mean, kNaN);
  const torch::Tensor correlation =
      spreads ? in_doubles(posterior.correlation()) : torch::full({count, 2, 2}, kNaN, torch::kFloat64);
  const torch::Tensor targets = in_doubles(data.targets.slice(0, 0, count).reshape({count, -1}).select(1, 0));

  std::vector<EmbeddedExample> examples(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const double* m = mean.const_data_ptr<double>() + 2 * i;
    const double* s = stddev.const_data_ptr<double>() + 2 * i;
    const double* c = correlation.const_data_ptr<double>() + 4 * i;
    examples[i] = {targets.const_data_ptr<double>()[i], {m[0], m[1]}, {s[0], s[1]}, c[1]};
  }
  return examples;
}

Plot embedding_plot(const std::vector<EmbeddedExample>& examples, TargetKind targets) {
  const bool stochastic = std::any_of(examples.begin(), examples.end(),
                                      [](const EmbeddedExample& example) { return std::isfinite(example.stddev[0]); });
  const auto groups = targets == TargetKind::classes ? groups_of_classes(examples) : groups_of_values(examples);
  Plot plot{fmt::format("Embedding of the first {} test examples", grouped(static_cast<double>(examples.size()))),
            {"z₁"},
            {"z₂"}};
  plot.equal_scale = true;
  if (stochastic) plot.series.push_back(prior_circle());
  for (const ColourGroup& group : groups) plot.series.push_back(points_of(group));
  if (!stochastic) return plot;
  plot.series.push_back({.name = fmt::format("q(z|x) of {} a colour, 95 %", kEllipses),
                         .x = {},
                         .y = {},
                         .mark = Mark::kOutline,
                         .color = kNeutral});
  for (const ColourGroup& group : groups) plot.series.push_back(ellipses_of(group));
  return plot;
}

std::string embedding_csv(const std::vector<EmbeddedExample>& examples, TargetKind targets) {
  std::string csv =
      fmt::format("example,{},mu_1,mu_2,sigma_1,sigma_2,rho\n", targets == TargetKind::classes ? "label" : "target");
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto& [target, mean, stddev, correlation] = examples[i];
    csv += fmt::format("{},{},{},{},{},{},{}\n", i, csv_field(target), csv_field(mean[0]), csv_field(mean[1]),
                       csv_field(stddev[0]), csv_field(stddev[1]), csv_field(correlation));
  }
  return csv;
}

}  // namespace vib
