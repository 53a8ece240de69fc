#include "vib/objective/controller.h"

#include <cmath>

#include "vib/core/units.h"
#include "vib/objective/priced.h"

namespace vib {
namespace {

// β wanders about its resting place, and the rate about its target: epochs within this share of it may be chosen.
constexpr double kTolerance = 0.05;

class DualController : public BetaController {
 public:
  DualController(const DualOptions& options, torch::Device device)
      : options_(options), beta_(torch::full({}, options.initial(), torch::dtype(torch::kFloat32).device(device))) {}

  torch::Tensor beta() const override { return beta_; }

  void update(const TensorMap& means) override {
    torch::NoGradGuard no_grad;
    beta_.add_(priced(means) - options_.target(), options_.step()).clamp_min_(0);
  }

  TensorMap state() const override {
    TensorMap state;
    state.insert("beta", beta_);
    return state;
  }

  bool arrived(const Numbers& train) const override {
    return priced_bits(train) <= (1 + kTolerance) * to_bits(options_.target());
  }

 private:
  DualOptions options_;
  torch::Tensor beta_;
};

class LogDualController : public BetaController {
 public:
  LogDualController(const LogDualOptions& options, torch::Device device)
      : options_(options), beta_(number(options.initial(), device)), rate_(number(kNone, device)) {}

  torch::Tensor beta() const override { return beta_; }

  void update(const TensorMap& means) override {
    torch::NoGradGuard no_grad;
    const auto& rate = priced(means);
    rate_.copy_(at::where(rate_.eq(kNone), rate, rate_.lerp(rate, 1 - kMemory)));
    const auto excess = (rate_ / options_.target() - 1).clamp(-kMostExcess, kMostExcess);
    beta_.mul_((options_.step() * excess).exp()).clamp_(kLeastBeta, kMostBeta);
  }

  TensorMap state() const override {
    TensorMap state;
    state.insert("beta", beta_);
    state.insert("rate", rate_);
    return state;
  }

  // Or as far as it goes where the data have no more bits to give. A deterministic model has no rate to hold.
  bool arrived(const Numbers& train) const override {
    if (!train.find("rate_bits")) return true;
    const auto excess = priced_bits(train) / to_bits(options_.target()) - 1;
    return std::abs(excess) <= kArrived || (excess < 0 && beta_.item<double>() <= kLeastBeta);
  }

 private:
  static torch::Tensor number(double value, torch::Device device) {
    return torch::full({}, value, torch::dtype(torch::kFloat32).device(device));
  }

  static constexpr double kMostExcess = 0.1, kArrived = 0.02;
  // Single batches stray by more than the excess that counts: clipped one by one they would hold their median.
  static constexpr double kMemory = 0.9, kNone = -1;
  // Beyond these a rate costs next to nothing, or everything.
  static constexpr double kLeastBeta = 1e-8, kMostBeta = 1e8;

  LogDualOptions options_;
  torch::Tensor beta_;
  torch::Tensor rate_;  // the running mean; kNone before the first step
};

}  // namespace

std::shared_ptr<BetaController> dual_controller(const DualOptions& options, torch::Device device) {
  TORCH_CHECK(std::isfinite(options.target()) && options.target() >= 0 && std::isfinite(options.initial()) &&
                  options.initial() >= 0 && std::isfinite(options.step()) && options.step() > 0,
              "a constraint on the rate needs a target and an initial β of at least 0 and a step above 0, got ",
              options.target(), ", ", options.initial(), " and ", options.step());
  return std::make_shared<DualController>(options, device);
}

std::shared_ptr<BetaController> dual_controller(const LogDualOptions& options, torch::Device device) {
  const auto positive = [](double x) { return std::isfinite(x) && x > 0; };
  TORCH_CHECK(positive(options.target()) && positive(options.initial()) && positive(options.step()),
              "a constraint on the rate in log β needs a target, an initial β and a step above 0, got ",
              options.target(), ", ", options.initial(), " and ", options.step());
  return std::make_shared<LogDualController>(options, device);
}

}  // namespace vib
