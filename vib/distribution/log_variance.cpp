#include "vib/distribution/log_variance.h"

namespace vib {
namespace {

// Below this, log softplus(x) = x to within exp(x) / 2, which is under float32's resolution of x.
constexpr double kSoftplusTail = -18.0;

}  // namespace

torch::Tensor bounded_log_variance(const torch::Tensor& x) {
  return x.detach().clamp(kLogVarianceFloor, kLogVarianceCeiling) + (x - x.detach());
}

torch::Tensor softplus_log_variance(const torch::Tensor& s, double shift) {
  const auto x = s - shift;
  const auto body = at::softplus(x.clamp_min(kSoftplusTail)).log();
  return 2.0 * at::where(x < kSoftplusTail, x, body);
}

}  // namespace vib
