#include "vib/information/kernel.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "vib/core/units.h"

namespace vib {
namespace {

const auto kDouble = torch::TensorOptions(torch::kFloat64);

// The points of a grid over [-4, 4]^D, D = 1 or 2, and the volume of each: a trapezoid rule, exact to 1e-10 for
// densities as smooth as these.
struct Grid {
  torch::Tensor points;
  double volume;
};

Grid grid_of(std::int64_t dims) {
  constexpr double kStep = 0.04;
  const auto axis = torch::arange(-4, 4, kStep, kDouble);
  if (dims == 1) return {axis.unsqueeze(1), kStep};
  const auto size = axis.size(0);
  return {torch::stack({axis.repeat_interleave(size), axis.repeat({size})}, 1), kStep * kStep};
}

// The entropy of the mixture of Gaussians around `rows`, in bits above that of one of them, by quadrature.
double entropy_by_quadrature(const torch::Tensor& rows, double v) {
  const auto grid = grid_of(rows.size(1));
  const auto dims = static_cast<double>(rows.size(1));
  auto density = torch::zeros({grid.points.size(0)}, kDouble);
  for (std::int64_t i = 0; i < rows.size(0); ++i) density += (-(grid.points - rows[i]).square().sum(1) / (2 * v)).exp();
  density /= static_cast<double>(rows.size(0)) * std::pow(2 * std::numbers::pi * v, dims / 2);
  const double nats = -(density * density.clamp_min(1e-300).log()).sum().item<double>() * grid.volume;
  return to_bits(nats - dims / 2 * std::log(2 * std::numbers::pi * std::numbers::e * v));
}

TEST(Kernel, TheInformationByQuadratureLiesBetweenTheBounds) {
  torch::manual_seed(2);
  for (const std::int64_t dims : {1, 2}) {
    const auto rows = (2 * torch::randn({12, dims}, kDouble)).tanh();
    const auto labels = torch::arange(12) % 3;
    for (const double v : {0.01, 0.05, 0.3}) {
      const auto estimate = Kernel(v).estimate(rows, labels);
      const double all = entropy_by_quadrature(rows, v);
      double in_labels = 0;
      for (int label = 0; label < 3; ++label)
        in_labels += entropy_by_quadrature(rows.index_select(0, labels.eq(label).nonzero().flatten()), v) / 3;
      EXPECT_LT(estimate.itx_lower_bits.value(), all) << dims << " " << v;
      EXPECT_GT(estimate.itx_upper_bits.value(), all) << dims << " " << v;
      EXPECT_LT(estimate.ity_lower_bits.value(), all - in_labels) << dims << " " << v;
      EXPECT_GT(estimate.ity_upper_bits.value(), all - in_labels) << dims << " " << v;
      EXPECT_EQ(estimate.itx_bits, estimate.itx_upper_bits.value());
    }
  }
}

// Where an input comes several times and its activations differ, T given X is a mixture, too.
TEST(Kernel, TheBoundsKnowOfExamplesOfOneInput) {
  torch::manual_seed(4);
  const auto rows = (2 * torch::randn({12, 1}, kDouble)).tanh(), labels = torch::arange(12) % 2,
             inputs = torch::arange(12).floor_divide(4);
  const auto estimate = Kernel(0.05).estimate(rows, labels, inputs);
  double truth = entropy_by_quadrature(rows, 0.05);
  for (int input = 0; input < 3; ++input)
    truth -= entropy_by_quadrature(rows.slice(0, 4 * input, 4 * input + 4), 0.05) / 3;
  EXPECT_LT(estimate.itx_lower_bits.value(), truth);
  EXPECT_GT(estimate.itx_upper_bits.value(), truth);
  EXPECT_GT(estimate.itx_bits, estimate.itx_lower_bits.value());
  EXPECT_LT(estimate.itx_bits, estimate.itx_upper_bits.value());
}

TEST(Kernel, ExamplesThatAreFarApartAreToldApart) {
  const auto rows = 100 * torch::arange(8, kDouble).unsqueeze(1), labels = torch::arange(8) % 2;
  const auto far = Kernel(0.1).estimate(rows, labels), same = Kernel(0.1).estimate(torch::ones({8, 3}), labels);
  for (const double bits : {far.itx_bits, far.itx_lower_bits.value(), far.itx_upper_bits.value()})
    EXPECT_NEAR(bits, 3, 1e-12);
  for (const double bits : {far.ity_bits, far.ity_lower_bits.value(), far.ity_upper_bits.value()})
    EXPECT_NEAR(bits, 1, 1e-12);
  EXPECT_TRUE(far.saturated.value());
  for (const double bits : {same.itx_bits, same.itx_lower_bits.value(), same.ity_bits, same.ity_upper_bits.value()})
    EXPECT_NEAR(bits, 0, 1e-12);
  EXPECT_FALSE(same.saturated.value());
}

// The squares of numbers around 1e6 have no digits left for distances of 1e-2.
TEST(Kernel, WhereTheLayerLiesChangesNothing) {
  torch::manual_seed(6);
  const auto rows = 0.01 * torch::randn({200, 5}, kDouble), labels = torch::arange(200) % 2;
  const auto near = Kernel(1e-4).estimate(rows, labels), far = Kernel(1e-4).estimate(rows + 1e6, labels);
  EXPECT_NEAR(near.itx_bits, far.itx_bits, 1e-5);
  EXPECT_NEAR(near.ity_bits, far.ity_bits, 1e-5);
  EXPECT_GT(near.itx_bits, 1);
  const auto order = torch::randperm(200), units = torch::randperm(5);
  const auto permuted =
      Kernel(1e-4).estimate(-rows.index_select(0, order).index_select(1, units), labels.index_select(0, order));
  EXPECT_NEAR(near.itx_bits, permuted.itx_bits, 1e-12);
  EXPECT_NEAR(near.ity_bits, permuted.ity_bits, 1e-12);
}

// So many that there are several blocks: each pair once, whatever block it is in.
TEST(Kernel, BlocksMakeUpTheWhole) {
  torch::manual_seed(7);
  const auto rows = torch::randn({1500, 2}, kDouble), labels = torch::arange(1500) % 2;
  const double v = 0.2;
  const auto squares = (rows.unsqueeze(1) - rows.unsqueeze(0)).square().sum(2);
  const auto bits = [&](double width) {
    return to_bits(-(-squares / width).exp().mean(1).log().mean().item<double>());
  };
  const auto estimate = Kernel(v).estimate(rows, labels);
  EXPECT_NEAR(estimate.itx_upper_bits.value(), bits(2 * v), 1e-10);
  EXPECT_NEAR(estimate.itx_lower_bits.value(), bits(8 * v), 1e-10);
}

}  // namespace
}  // namespace vib
