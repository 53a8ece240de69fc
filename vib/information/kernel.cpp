#include "vib/information/kernel.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/units.h"
#include "vib/information/layer.h"

namespace vib {
namespace {

// Numbers of a block of pairs, and the rows that a product is worth its start for.
constexpr std::int64_t kPairsAtOnce = std::int64_t{1} << 21, kFewestRows = 16;

/// Bounds of an entropy, in bits above that of the noise.
struct EntropyBounds {
  double lower = 0;
  double upper = 0;
};

double mean_of_logs(const torch::Tensor& sums, double n) { return to_bits((sums / n).log().mean().item<double>()); }

/// Of the mixture of Gaussians around the rows of `[N, D]`. Each pair is seen once: what is right of the diagonal block
/// counts for its row and for its column.
EntropyBounds entropy_bounds(const torch::Tensor& rows, double noise_variance) {
  const auto n = rows.size(0);
  if (n == 1) return {};
  const auto norms = rows.square().sum(1);
  const auto lower = torch::zeros({n}, rows.options()), upper = torch::zeros({n}, rows.options());
  const auto step = std::max(kFewestRows, kPairsAtOnce / n);
  for (std::int64_t begin = 0; begin < n; begin += step) {
    const auto end = std::min(begin + step, n), own = end - begin;
    const auto block = rows.slice(0, begin, end);
    auto near = torch::addmm(norms.slice(0, begin), block, rows.slice(0, begin).t(), 1, -2);
    near.add_(norms.slice(0, begin, end).unsqueeze(1)).clamp_min_(0);
    near.slice(1, 0, own).fill_diagonal_(0);
    near.mul_(-1 / (8 * noise_variance)).exp_();  // exp(-d²/2v) is its fourth power
    const auto add = [&](const torch::Tensor& sums) {
      sums.slice(0, begin, end).add_(near.sum(1));
      sums.slice(0, end).add_(near.slice(1, own).sum(0));
    };
    add(lower);
    near.square_().square_();
    add(upper);
  }
  return {-mean_of_logs(lower, static_cast<double>(n)), -mean_of_logs(upper, static_cast<double>(n))};
}

/// Of the entropy that is left, on average, where the group is known.
EntropyBounds entropy_bounds_in(const Groups& groups, const torch::Tensor& rows, double noise_variance) {
  std::vector<std::vector<std::int64_t>> members(groups.sizes.size());
  for (std::size_t i = 0; i < groups.of.size(); ++i) members[groups.of[i]].push_back(static_cast<std::int64_t>(i));
  EntropyBounds mean;
  for (const auto& group : members) {
    if (group.size() == 1) continue;
    const auto index = torch::tensor(group, torch::kInt64).to(rows.device());
    const auto bounds = entropy_bounds(rows.index_select(0, index), noise_variance);
    const double share = static_cast<double>(group.size()) / static_cast<double>(rows.size(0));
    mean.lower += share * bounds.lower;
    mean.upper += share * bounds.upper;
  }
  return mean;
}

}  // namespace

Kernel::Kernel(double noise_variance) : noise_variance_(noise_variance) {
  if (!(noise_variance > 0) || !std::isfinite(noise_variance))
    throw Error(fmt::format("the variance of the noise is a positive number, found {}", noise_variance));
}

std::string Kernel::name() const { return fmt::format("kernel:{}", noise_variance_); }

InformationEstimate Kernel::estimate(const torch::Tensor& activations, const torch::Tensor& labels,
                                     const torch::Tensor& inputs) const {
  const torch::NoGradGuard no_grad;
  const auto layer = flat_activations(activations);
  check_layer(layer);
  const auto n = layer.size(0);
  auto rows = layer.to(activations.device(), torch::kFloat64);
  rows = rows - rows.mean(0, /*keepdim=*/true);

  const auto all = entropy_bounds(rows, noise_variance_);
  const auto in_labels = entropy_bounds_in(groups_of(labels, n, "labels"), rows, noise_variance_);
  EntropyBounds in_inputs;
  if (inputs.defined()) in_inputs = entropy_bounds_in(groups_of(inputs, n, "inputs"), rows, noise_variance_);

  InformationEstimate estimate;
  estimate.n = n;
  estimate.itx_bits = all.upper - in_inputs.upper;
  estimate.itx_lower_bits = all.lower - in_inputs.upper;
  estimate.itx_upper_bits = all.upper - in_inputs.lower;
  estimate.ity_bits = all.upper - in_labels.upper;
  estimate.ity_lower_bits = all.lower - in_labels.upper;
  estimate.ity_upper_bits = all.upper - in_labels.lower;
  estimate.saturated = is_saturated(estimate.itx_bits, n);
  return estimate;
}

}  // namespace vib
