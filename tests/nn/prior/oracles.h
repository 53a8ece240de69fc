#pragma once

#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

namespace vib::oracle {

inline constexpr auto kExact = torch::kFloat64;

/// Of a scalar function in float64 and one of its variables: the gradient is the central difference.
inline void expect_gradient(const std::function<torch::Tensor()>& f, torch::Tensor variable) {
  const auto analytic = torch::autograd::grad({f()}, {variable})[0].flatten();
  torch::NoGradGuard no_grad;
  auto values = variable.view(-1);
  constexpr double kStep = 1e-6;
  const auto at = [&](std::int64_t i, double x) {
    values[i] = x;
    return f().item<double>();
  };
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    const auto x = values[i].item<double>();
    const auto numeric = (at(i, x + kStep) - at(i, x - kStep)) / (2 * kStep);
    values[i] = x;
    EXPECT_NEAR(analytic[i].item<double>(), numeric, 1e-8 + 1e-6 * std::abs(numeric)) << i;
  }
}

/// A diagonal Gaussian in the plane, written out.
struct Plane {
  double m0, m1, s0, s1;
  double density(double a, double b) const {
    const double u = (a - m0) / s0, v = (b - m1) / s1;
    return std::exp(-0.5 * (u * u + v * v)) / (2 * std::numbers::pi * s0 * s1);
  }
};

/// Several with weights.
struct Planes {
  std::vector<double> weights;
  std::vector<Plane> gaussians;
  double density(double a, double b) const {
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * gaussians[i].density(a, b);
    return sum;
  }
};

/// ∫∫ f over [-10, 10]²: the trapezoidal rule, which for such smooth functions is exact to rounding.
inline double integral(const std::function<double(double, double)>& f) {
  constexpr double kStep = 0.05;
  double sum = 0;
  for (double a = -10; a <= 10; a += kStep)
    for (double b = -10; b <= 10; b += kStep) sum += f(a, b);
  return sum * kStep * kStep;
}

/// ∫ p log(p / r), in nats.
template <typename P, typename R>
double kl_by_quadrature(const P& p, const R& r) {
  return integral([&](double a, double b) {
    const double of_p = p.density(a, b);
    return of_p > 0 ? of_p * std::log(of_p / r.density(a, b)) : 0;
  });
}

}  // namespace vib::oracle
