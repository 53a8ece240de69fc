#include "vib/distribution/cholesky.h"

#include <cmath>
#include <vector>

#include "vib/distribution/log_variance.h"

namespace vib {
namespace {

// For each place of a `[K, K]` matrix, flat, the entry of (a_10, a_20, a_21, ..., 1, 0) that stands there. Computed
// where it is used: a table from the host would be copied at every step.
torch::Tensor places_of_entries(std::int64_t k, std::int64_t count, const torch::Device& device) {
  const auto column = at::arange(k, at::dtype(torch::kInt64).device(device)), row = column.unsqueeze(1);
  const auto below = at::floor_divide(row * (row - 1), 2) + column;
  return at::where(row > column, below, (row != column) + count).flatten();
}

}  // namespace

torch::Tensor cholesky_factor(const torch::Tensor& log_variance, const torch::Tensor& a) {
  const auto k = log_variance.size(-1);
  TORCH_CHECK(a.size(-1) == k * (k - 1) / 2, "the factor of ", k, " dimensions has ", k * (k - 1) / 2,
              " numbers below its diagonal, not ", a.size(-1));
  const auto shape = log_variance.sizes().slice(0, static_cast<std::size_t>(log_variance.dim() - 1)).vec();
  const auto sized = [&](std::vector<std::int64_t> last) {
    last.insert(last.begin(), shape.begin(), shape.end());
    return last;
  };
  const auto below = bounded(a / std::sqrt(static_cast<double>(k)), -kDependenceCeiling, kDependenceCeiling);
  const auto one = at::ones(sized({1}), log_variance.options());
  const auto entries = at::cat({below, one, at::zeros_like(one)}, -1);
  const auto places = places_of_entries(k, a.size(-1), a.device()).expand(sized({k * k}));
  return entries.gather(-1, places).view(sized({k, k})) * (0.5 * log_variance).exp().unsqueeze(-1);
}

}  // namespace vib
