#include "vib/nn/prior/aggregate.h"

#include <cmath>
#include <limits>
#include <utility>

#include "vib/distribution/mixture.h"

namespace vib {
namespace {

// As many are encoded, and compared with a batch, at once: N may be large.
constexpr std::int64_t kBlock = 1000;

LogDensity leave_one_out(const Posterior& of_batch) {
  const auto batch = of_batch.mean().size(0);
  TORCH_CHECK(batch >= 2, "the aggregate prior compares the examples of a batch, and this one has ", batch);
  return [of_batch, batch](const torch::Tensor& z) {
    const auto each = log_prob_of_each(z, of_batch);
    const auto not_itself = at::full({batch}, -std::numeric_limits<double>::infinity(), each.options()).diag_embed();
    return (each + not_itself).logsumexp(-1) - std::log(static_cast<double>(batch - 1));
  };
}

LogDensity mean_of(const std::vector<Posterior>& blocks, std::int64_t count) {
  return [blocks, count](const torch::Tensor& z) {
    torch::Tensor sum;
    for (const auto& block : blocks) {
      const auto own = log_prob_of_each(z, block).logsumexp(-1);
      sum = sum.defined() ? at::logaddexp(sum, own) : own;
    }
    return sum - std::log(static_cast<double>(count));
  };
}

}  // namespace

AggregatePriorImpl::AggregatePriorImpl(torch::Tensor examples) : examples(std::move(examples)) { reset(); }

void AggregatePriorImpl::reset() {
  TORCH_CHECK(examples.dim() >= 2 && examples.size(0) >= 1, "an aggregate prior has examples of shape [N, ...], got ",
              examples.sizes());
  examples = register_buffer("examples", examples.detach().clone());
}

LogDensity AggregatePriorImpl::density(const PriorContext& batch) const {
  if (is_training()) return leave_one_out(batch.posterior);
  TORCH_CHECK(batch.encode, "an aggregate prior needs the model's encoder: see VibModel::prior_context");
  std::vector<Posterior> blocks;
  for (const auto& block : examples.split(kBlock)) blocks.push_back(batch.encode(block));
  return mean_of(blocks, examples.size(0));
}

}  // namespace vib
