#pragma once

// What every prior is held to: integrals over the plane, finite differences, single runs.

#include <cmath>
#include <functional>
#include <numbers>
#include <string>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/train/toy_problem.h"
#include "vib/nn/replicas.h"
#include "vib/objective/objective.h"
#include "vib/train/trainer.h"

namespace vib::test {

inline const auto kExact = torch::TensorOptions(torch::kFloat64);

/// A square of the plane as points [G, 2]. Sums over a grid this fine are exact for Gaussians well inside of it and
/// with deviations above 0.2.
struct Plane {
  explicit Plane(double half_width = 14, double step = 0.1) : cell(step * step) {
    const auto line = torch::arange(-half_width, half_width + step / 2, step, torch::kFloat64);
    const auto axes = torch::meshgrid({line, line}, "ij");
    z = torch::stack({axes[0].flatten(), axes[1].flatten()}, -1);
  }
  torch::Tensor integral(const torch::Tensor& f) const { return cell * f.sum(-1); }
  /// KL( f || g ) in nats of densities given by their logarithms, [..., G] -> [...].
  torch::Tensor divergence(const torch::Tensor& log_f, const torch::Tensor& log_g) const {
    return integral(log_f.exp() * (log_f - log_g));
  }

  torch::Tensor z;
  double cell;
};

/// log N(z; m, diag s²) of N Gaussians, [N, 2], at G points, [G, 2], spelled out: [N, G].
inline torch::Tensor log_densities(const Posterior& q, const torch::Tensor& z) {
  const auto sd = q.stddev().unsqueeze(1);
  const auto distance = ((z - q.mean().unsqueeze(1)) / sd).square().sum(-1);
  return -0.5 * distance - sd.log().sum(-1) - std::log(2 * std::numbers::pi);
}

/// Of the mean of the N densities: [G].
inline torch::Tensor log_mean(const torch::Tensor& log_densities) {
  return log_densities.logsumexp(0) - std::log(static_cast<double>(log_densities.size(0)));
}

/// An encoder that is no network: [N, 2] to Gaussians in the plane with deviations of 0.4 to 1.1.
inline Posterior smooth_encoder(const torch::Tensor& x) {
  const auto a = x.select(1, 0), b = x.select(1, 1);
  return DiagonalGaussian{torch::stack({2 * a + b, 1.5 * b - a}, 1), torch::stack({a.sin() - 0.7, -b.tanh() - 0.5}, 1)};
}

/// Mean over the draws of log q - log r, and its standard error: [B] each.
struct Sampled {
  torch::Tensor mean, error;
};
inline Sampled sampled_rate(const Posterior& q, const LogDensity& log_prior, std::int64_t draws = 40000) {
  const auto z = q.sample(draws, make_generator(torch::kCPU, 1));
  const auto each = q.log_prob(z) - log_prior(z);
  return {each.mean(0), each.std(0) / std::sqrt(static_cast<double>(draws))};
}

/// A model in float64, whose rate is smooth in all its parameters.
inline VibModel smooth_model(Prior prior) {
  torch::manual_seed(3);
  VibModel model(Mlp(MlpOptions(4).hidden({5}).activation(Activation::kTanh)),
                 VibModelOptions(5, 2, 3).prior(std::move(prior)));
  model->to(torch::kFloat64);
  return model;
}

/// Every gradient of the mean rate against central differences.
inline void expect_gradients_of_the_rate(VibModel model) {
  const auto x = clouds(6).inputs.to(torch::kFloat64), y = clouds(6).targets;
  const auto noise = torch::randn({2, 6, 2}, make_generator(torch::kCPU, 5), torch::kFloat64);
  const auto rate = [&] { return vib_terms(*model, model->forward_with(x, noise), y).rate.mean(); };
  rate().backward();
  torch::NoGradGuard no_grad;
  for (auto& item : model->named_parameters()) {
    if (!item.value().grad().defined()) continue;  // the decoder has no part in it
    auto numbers = item.value().view(-1);
    for (std::int64_t i = 0; i < numbers.numel(); ++i) {
      const auto at = numbers[i].item<double>(), h = 1e-5;
      numbers[i] = at + h;
      const auto above = rate().item<double>();
      numbers[i] = at - h;
      const auto below = rate().item<double>();
      numbers[i] = at;
      EXPECT_NEAR(item.value().grad().view(-1)[i].item<double>(), (above - below) / (2 * h), 1e-8)
          << item.key() << ' ' << i;
    }
  }
}

using MakeModel = std::function<VibModel(std::uint64_t seed)>;

inline TrainerOptions short_training() {
  return TrainerOptions().epochs(3).batch_size(32).samples(2).learning_rate(1e-2).ema(0.8).order_seed(1);
}

/// Replicas of different seeds and β are their single runs, evaluations included.
inline void expect_replicas_to_follow_single_runs(const MakeModel& make) {
  const auto train = clouds(96), validation = clouds(40, 2);
  ASSERT_FALSE(why_not_replicable(*make(1)).has_value());
  Trainer group({{make(1), 0.3, 1}, {make(2), 0.05, 2}}, short_training());
  group.fit(train, validation);
  for (std::int64_t r = 0; r < 2; ++r) {
    const auto seed = static_cast<std::uint64_t>(r + 1);
    Trainer single(make(seed), short_training().beta(r == 0 ? 0.3 : 0.05).seed(seed));
    single.fit(train, validation);
    const auto a = group.chosen_weights(r).averaged, b = single.chosen_weights().averaged;
    ASSERT_EQ(a.keys(), b.keys());
    for (const auto& item : a) EXPECT_TRUE(torch::allclose(item.value(), b[item.key()], 1e-4, 1e-5)) << item.key();
    for (const std::string key : {"rate_bits", "nll_bits"})
      EXPECT_NEAR((*group.history(r).back().validation)[key], (*single.history().back().validation)[key], 1e-3) << key;
  }
}

/// Stopped in the middle of an epoch and gone on with from its state, in a model that began otherwise.
inline void expect_resumption_bit_for_bit(const MakeModel& make) {
  const auto data = clouds(96);
  Trainer whole(make(1), short_training().beta(0.3));
  whole.fit(data);
  int steps = 0;
  Trainer first(make(1), short_training().beta(0.3).stop([&] { return ++steps > 5; }));
  first.fit(data);
  ASSERT_FALSE(first.finished());
  Trainer second(make(2), short_training().beta(0.3));
  second.load_state(first.state(), "state");
  second.fit(data);
  const auto a = whole.chosen_weights().averaged, b = second.chosen_weights().averaged;
  for (const auto& item : a) EXPECT_TRUE(torch::equal(item.value(), b[item.key()])) << item.key();
}

}  // namespace vib::test
