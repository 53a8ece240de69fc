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

}  // namespace

std::shared_ptr<BetaController> dual_controller(const DualOptions& options, torch::Device device) {
  TORCH_CHECK(std::isfinite(options.target()) && options.target() >= 0 && std::isfinite(options.initial()) &&
                  options.initial() >= 0 && std::isfinite(options.step()) && options.step() > 0,
              "a constraint on the rate needs a target and an initial β of at least 0 and a step above 0, got ",
              options.target(), ", ", options.initial(), " and ", options.step());
  return std::make_shared<DualController>(options, device);
}

}  // namespace vib
