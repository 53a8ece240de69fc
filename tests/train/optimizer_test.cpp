#include "vib/train/optimizer.h"

#include <gtest/gtest.h>

#include "tests/train/optimizer_reference.h"
#include "vib/core/error.h"

namespace vib {
namespace {

constexpr auto kDouble = torch::kFloat64;

OptimizerOptions options_of(const reference::OptimizerTrajectory& r) {
  const std::string type = r.type;
  OptimizerOptions options;
  options.type(type == "adam" ? UpdateRule::kAdam : type == "adamw" ? UpdateRule::kAdamW : UpdateRule::kSgd);
  return options.betas({r.beta1, r.beta2})
      .eps(r.eps)
      .weight_decay(r.weight_decay)
      .momentum(r.momentum)
      .nesterov(r.nesterov);
}

TEST(Optimizer, WalksThePathsThatTorchOptimWalks) {
  using reference::kQuadraticA, reference::kQuadraticB, reference::kQuadraticStart;
  const auto a = torch::from_blob(const_cast<double*>(&kQuadraticA[0][0]), {3, 3}, kDouble);
  const auto b = torch::from_blob(const_cast<double*>(kQuadraticB), {3}, kDouble);
  for (const auto& r : reference::kOptimizerTrajectories) {
    const auto p = torch::from_blob(const_cast<double*>(kQuadraticStart), {3}, kDouble).clone();
    Optimizer optimizer({p}, options_of(r));
    for (const auto& after : r.parameters) {
      optimizer.step({a.mv(p) - b}, r.lr);
      for (int i = 0; i < 3; ++i) EXPECT_NEAR(p[i].item<double>(), after[i], 1e-7 * std::abs(after[i])) << r.type;
    }
  }
}

TEST(Optimizer, ClippingScalesTheGradientToItsLimit) {
  for (const double size : {0.5, 50.0}) {
    auto clipped = torch::zeros({2}), plain = torch::zeros({2});
    const auto gradient = torch::tensor({3.0, 4.0}) / 5 * size;
    const OptimizerOptions sgd = OptimizerOptions().type(UpdateRule::kSgd).momentum(0);
    Optimizer({clipped}, OptimizerOptions(sgd).clip_norm(1.0)).step({gradient.clone()}, 0.1);
    Optimizer({plain}, sgd).step({gradient / std::max(size, 1.0)}, 0.1);
    EXPECT_TRUE(torch::allclose(clipped, plain)) << size;
  }
}

TEST(Optimizer, LeavesAParameterWithoutAGradientAlone) {
  auto used = torch::ones({2}), unused = torch::ones({2});
  Optimizer optimizer({used, unused}, OptimizerOptions().type(UpdateRule::kAdamW).weight_decay(0.1));
  optimizer.step({torch::ones({2}), {}}, 0.1);
  EXPECT_TRUE(torch::equal(unused, torch::ones({2})));
  EXPECT_FALSE(torch::equal(used, torch::ones({2})));
}

TEST(Optimizer, ContinuesFromItsStateToTheSameBits) {
  const auto gradient = [](int i) { return torch::full({4}, 0.1 * i - 0.3); };
  auto p = torch::ones({4}), q = torch::ones({4});
  Optimizer whole({p}, OptimizerOptions());
  for (int i = 0; i < 6; ++i) whole.step({gradient(i)}, 0.01);

  TensorMap state;
  {
    Optimizer first({q}, OptimizerOptions());
    for (int i = 0; i < 3; ++i) first.step({gradient(i)}, 0.01);
    for (const auto& item : first.state()) state.insert(item.key(), item.value().clone());
  }
  Optimizer second({q}, OptimizerOptions());
  second.load_state(state, "state");
  for (int i = 3; i < 6; ++i) second.step({gradient(i)}, 0.01);
  EXPECT_TRUE(torch::equal(p, q));
}

TEST(Optimizer, RefusesTheStateOfAnotherModel) {
  Optimizer mine({torch::ones({4})}, OptimizerOptions()), other({torch::ones({5})}, OptimizerOptions());
  EXPECT_THROW(mine.load_state(other.state(), "checkpoint.pt"), StateError);
}

}  // namespace
}  // namespace vib
