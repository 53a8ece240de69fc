#include "vib/train/optimizer.h"

#include <gtest/gtest.h>

#include "tests/train/optimizer_reference.h"
#include "vib/core/device.h"
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

TEST(Optimizer, TheCostOfDecayIsHalfLambdaTimesTheSquaresOfWhatMoves) {
  const auto moving = torch::tensor({3.0, 4.0}, kDouble), frozen = torch::tensor({100.0}, kDouble);
  Optimizer optimizer({moving, frozen}, OptimizerOptions().type(UpdateRule::kSgd).momentum(0).weight_decay(0.1));
  optimizer.step({torch::zeros({2}, kDouble), torch::Tensor()}, /*learning_rate=*/0.5);
  EXPECT_NEAR(moving[0].item<double>(), 3 - 0.5 * 0.1 * 3, 1e-15);  // against the cost's gradient, λ w
  const auto squares = 0.95 * 0.95 * 25;
  EXPECT_NEAR(optimizer.decay_cost().item<double>(), 0.5 * 0.1 * squares, 1e-14);

  const auto stack = torch::tensor({{3.0, 4.0}, {0.0, 2.0}}, kDouble);
  Optimizer of_two({stack}, OptimizerOptions().weight_decay(0.1), /*replicas=*/2);
  EXPECT_TRUE(of_two.decay_cost().eq(0).all().item<bool>());  // nothing has moved
  of_two.step({torch::zeros({2, 2}, kDouble)}, /*learning_rate=*/0.0);
  EXPECT_TRUE(torch::allclose(of_two.decay_cost(), torch::tensor({1.25, 0.2}, kDouble), 1e-13));
}

// A clipping that never clips sends the update the long way, kernel by kernel: LibTorch's own.
TEST(Optimizer, OnePassDoesWhatTheKernelsDoOneByOne) {
  constexpr std::int64_t kSize = 70'001;  // shared out among threads, with a rest for every vector width
  for (const auto rule : {UpdateRule::kAdam, UpdateRule::kAdamW}) {
    for (const auto precision : {Precision::kFloat32, Precision::kBfloat16}) {
      for (const double decay : {0.0, 0.9}) {
        const auto options = OptimizerOptions().type(rule).weight_decay(0.1);
        const auto generator = make_generator(torch::kCPU, 4);
        const auto start = torch::randn({kSize}, generator, torch::kFloat32);
        const auto run = [&](const OptimizerOptions& o, std::vector<torch::Tensor> gradients) {
          auto parameter = start.clone();
          WorkingWeights weights({parameter}, {true}, precision);
          WeightAverage average({parameter}, decay);
          Optimizer optimizer({parameter}, o);
          for (const auto& g : gradients) {
            optimizer.step({g.to(weights.working()[0].scalar_type())}, torch::tensor(1e-2, torch::kFloat64), average,
                           weights);
            average.count();
          }
          return std::tuple(parameter, average.average()[0].clone(), weights.working()[0].to(torch::kFloat32));
        };
        std::vector<torch::Tensor> gradients;
        for (int i = 0; i < 5; ++i) gradients.push_back(torch::randn({kSize}, generator, torch::kFloat32));
        const auto [p, a, w] = run(options, gradients);
        const auto [p_long, a_long, w_long] = run(OptimizerOptions(options).clip_norm(1e30), gradients);
        EXPECT_TRUE(torch::allclose(p, p_long, 1e-5, 1e-6));
        EXPECT_TRUE(torch::allclose(a, a_long, 1e-5, 1e-6));
        EXPECT_TRUE(torch::allclose(w, w_long, 1e-2, 1e-6));  // a rounding apart, at most
        const bool reduced = precision == Precision::kBfloat16;
        EXPECT_TRUE(torch::equal(w, reduced ? p.to(torch::kBFloat16).to(torch::kFloat32) : p));
        EXPECT_FALSE(torch::allclose(p, start, 1e-3, 1e-3));
      }
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
