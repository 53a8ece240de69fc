#include "vib/distribution/log_variance.h"

namespace vib {
namespace {

// Below this, log softplus(x) = x to within exp(x) / 2, which is under float32's resolution of x.
constexpr double kSoftplusTail = -18.0;

}  // namespace

torch::Tensor bounded(const torch::Tensor& x, double low, double high) {
  return x.detach().clamp(low, high) + (x - x.detach());
}

torch::Tensor bounded_log_variance(const torch::Tensor& x) {
  return bounded(x, kLogVarianceFloor, kLogVarianceCeiling);
}

torch::Tensor softplus_log_variance(const torch::Tensor& s, double shift) {
  const auto x = s - shift;
  const auto body = at::softplus(x.clamp_min(kSoftplusTail)).log();
  return 2.0 * at::where(x < kSoftplusTail, x, body);
}

}  // namespace vib
