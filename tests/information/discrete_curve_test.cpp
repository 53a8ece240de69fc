#include "vib/information/discrete_curve.h"

#include <cmath>
#include <limits>
#include <numbers>

#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "vib/core/error.h"
#include "vib/information/joint_table.h"

namespace vib {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

torch::Tensor table_of(std::vector<std::vector<double>> rows) {
  std::vector<double> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  return torch::tensor(all, torch::kFloat64).view({static_cast<std::int64_t>(rows.size()), -1});
}

torch::Tensor random_table(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  return torch::rand({rows, columns}, at::detail::createCPUGenerator(seed), torch::kFloat64).pow(3);
}

/// 4 x 3: what other programs were asked of.
torch::Tensor small_table() { return table_of({{20, 5, 2}, {3, 15, 5}, {4, 2, 18}, {6, 10, 10}}); }

double h(double p) { return p <= 0 || p >= 1 ? 0 : -p * std::log2(p) - (1 - p) * std::log2(1 - p); }

CurvePoint point_of(const torch::Tensor& table, double beta) { return discrete_curve(table, {beta}).front(); }

// Mrs. Gerber: T is X through a channel of its own, I(T;X) = 1 - h(a), I(T;Y) = 1 - h(a * p).
double symmetric_channel(double flip, double beta) {
  const auto lagrangian = [&](double a) { return 1 - h(a) - beta * (1 - h(a * (1 - flip) + (1 - a) * flip)); };
  double least = 0;
  for (double low = 0, high = 0.5, step = 0; step < 6; ++step) {
    constexpr int kGrid = 1000;
    double best = low;
    for (int i = 0; i <= kGrid; ++i) {
      const double a = low + (high - low) * i / kGrid;
      if (lagrangian(a) < lagrangian(best)) best = a;
    }
    least = lagrangian(best);
    const double width = (high - low) / kGrid;
    low = std::max(best - width, 0.0);
    high = std::min(best + width, 0.5);
  }
  return least;
}

TEST(DiscreteCurveTest, IsThatOfTheBinarySymmetricChannel) {
  for (const double flip : {0.01, 0.1, 0.3, 0.45}) {
    const auto table = table_of({{1 - flip, flip}, {flip, 1 - flip}});
    const double critical = 1 / std::pow(1 - 2 * flip, 2);
    for (const double beta : {1.0, 0.9 * critical, 1.001 * critical, 1.1 * critical, 2 * critical, 10 * critical}) {
      const auto point = point_of(table, beta);
      EXPECT_NEAR(point.lagrangian_bits, symmetric_channel(flip, beta), 1e-6) << flip << " at " << beta;
      EXPECT_LT(point.gap_bits, 1e-6);
      const double a = point.itx_bits;  // on the curve, not only at its tangent
      EXPECT_NEAR(point.itx_bits - beta * point.ity_bits, point.lagrangian_bits, 1e-9) << a;
    }
    EXPECT_NEAR(critical_beta(table).local, critical, 1e-9 * critical);
    EXPECT_NEAR(critical_beta(table).global, critical, 1e-6 * critical);
  }
  EXPECT_TRUE(has_certified_gaps(table_of({{1, 2}, {3, 4}})));
}

// embo 1.1.0, whose β multiplies bits and exponentiates in base e, so that it is ln 2 times ours:
// InformationBottleneck(pxy=J, minbeta=β ln 2, maxbeta=β ln 2, numbeta=1, restarts=5, iterations=200000, rtol=1e-14).
// dit 2.3 beside it: rate_distortion.information_bottleneck.InformationBottleneck(d, beta=β, rvs=[[0], [1]]), which
// stops earlier. Both are those of an encoder: no less than the least.
TEST(DiscreteCurveTest, IsNoMoreThanOthersFind) {
  struct Case {
    double beta, embo, dit;
  };
  for (const auto& [beta, embo, dit] : {Case{3, 0, 0}, Case{5, -0.2912053861805257, -0.29120538609546576},
                                        Case{10, -1.8208097180530352, -1.82080943418469}}) {
    const auto point = point_of(small_table(), beta);
    EXPECT_NEAR(point.lagrangian_bits, embo, 1e-6) << beta;
    EXPECT_LE(point.lagrangian_bits, embo + 1e-7);
    EXPECT_LE(point.lagrangian_bits, dit + 1e-7);
    EXPECT_GE(point.lagrangian_bits, dit - 1e-5);
  }
}

TEST(DiscreteCurveTest, IsSolvedByLabelsThatXDetermines) {
  const auto table = table_of({{1, 0, 0}, {0, 2, 0}, {0, 1, 0}, {0, 0, 4}});
  const double hy = joint_table(table).hy_bits;
  for (const double beta : {1.0001, 1.5, 100.0}) {
    const auto point = point_of(table, beta);
    EXPECT_NEAR(point.itx_bits, hy, 1e-12);
    EXPECT_NEAR(point.ity_bits, hy, 1e-12);
    EXPECT_EQ(point.gap_bits, 0);
  }
  for (const double beta : {0.0, 0.5, 1.0}) EXPECT_EQ(point_of(table, beta).lagrangian_bits, 0);
  EXPECT_EQ(critical_beta(table).global, 1);
}

TEST(DiscreteCurveTest, IsZeroWhereXAndYAreIndependent) {
  const auto table = table_of({{1, 2, 3}, {2, 4, 6}});
  for (const auto& point : discrete_curve(table, {0.5, 2, 1e6})) {
    EXPECT_EQ(point.itx_bits, 0);
    EXPECT_EQ(point.lagrangian_bits, 0);
    EXPECT_EQ(point.gap_bits, 0);
  }
  EXPECT_EQ(critical_beta(table).global, std::numeric_limits<double>::infinity());
  EXPECT_EQ(information_limit(table).size(), 1u);
}

// Every encoder of two values on a grid: none is below the least by more than the gap, the best is near.
TEST(DiscreteCurveTest, IsBelowEveryEncoder) {
  const auto table = joint_table(table_of({{6, 1}, {2, 3}, {1, 5}})).p;
  const auto px = table.sum(1), py = table.sum(0);
  for (const double beta : {2.0, 3.0, 5.0}) {
    const auto point = point_of(table, beta);
    constexpr int kGrid = 40;
    double best = 0;
    for (int code = 0; code < (kGrid + 1) * (kGrid + 1) * (kGrid + 1); ++code) {
      const double a = code % (kGrid + 1), b = code / (kGrid + 1) % (kGrid + 1), c = code / (kGrid + 1) / (kGrid + 1);
      const double to[3] = {a / kGrid, b / kGrid, c / kGrid};
      double pt = 0, conditional = 0, pty = 0;
      const auto p = table.accessor<double, 2>();
      for (int x = 0; x < 3; ++x) {
        const double weight = p[x][0] + p[x][1];
        pt += weight * to[x];
        pty += p[x][0] * to[x];
        conditional += weight * h(to[x]);
      }
      const double y0 = p[0][0] + p[1][0] + p[2][0];
      const double ity = h(y0) - (pt > 0 ? pt * h(pty / pt) : 0) - (pt < 1 ? (1 - pt) * h((y0 - pty) / (1 - pt)) : 0);
      best = std::min(best, h(pt) - conditional - beta * ity);
    }
    EXPECT_GE(best, point.lagrangian_bits - point.gap_bits - 1e-12) << beta;
    EXPECT_NEAR(best, point.lagrangian_bits, 5e-3) << beta;
  }
}

TEST(DiscreteCurveTest, KnowsNoOrderNoScaleAndNoCopies) {
  const auto table = random_table(6, 4, 3);
  const auto permuted = table.flip({0}).index_select(1, torch::tensor({2, 0, 3, 1}));
  const auto split = torch::cat({table, 0.25 * table.slice(0, 2, 3), torch::zeros({1, 4}, torch::kFloat64)});
  const auto weighed = torch::cat({table.slice(0, 0, 2), 1.25 * table.slice(0, 2, 3), table.slice(0, 3)});
  for (const double beta : {1.5, 3.0, 8.0, 40.0}) {
    const double least = point_of(table, beta).lagrangian_bits;
    EXPECT_NEAR(point_of(permuted, beta).lagrangian_bits, least, 2e-7);
    EXPECT_NEAR(point_of(1e9 * table, beta).lagrangian_bits, least, 2e-7);
    EXPECT_NEAR(point_of(split, beta).lagrangian_bits, point_of(weighed, beta).lagrangian_bits, 2e-7);
    // Columns of one p(x|y), too.
    const auto wide = torch::cat({0.3 * table, 0.7 * table}, 1);
    EXPECT_NEAR(point_of(wide, beta).lagrangian_bits, least, 2e-7);
  }
}

TEST(DiscreteCurveTest, IsConcaveAndKeepsToTheDataProcessingInequality) {
  for (const auto seed : {1, 2, 3}) {
    const auto table = random_table(8, 5, static_cast<std::uint64_t>(seed));
    const auto joint = joint_table(table);
    const std::vector<double> betas = {50, 1, 1.2, 1.5, 2, 2.5, 3, 4, 6, 10, 20};  // their order is kept
    const auto curve = discrete_curve(table, betas);
    for (std::size_t i = 0; i < curve.size(); ++i) {
      EXPECT_EQ(curve[i].beta, betas[i]);
      EXPECT_LE(curve[i].ity_bits, curve[i].itx_bits + 1e-12);
      EXPECT_LE(curve[i].ity_bits, joint.ixy_bits + 1e-9);
      EXPECT_LE(curve[i].itx_bits, joint.hx_bits + 1e-9);
      EXPECT_LE(curve[i].gap_bits, 1e-6);
      // Each tangent lies above every other point.
      for (const auto& other : curve)
        EXPECT_GE(other.itx_bits - betas[i] * other.ity_bits, curve[i].lagrangian_bits - curve[i].gap_bits - 1e-9);
    }
  }
}

// The largest I(T;Y) jumps away from zero before T = constant stops being a local minimum.
TEST(DiscreteCurveTest, LeavesZeroAtTheGlobalCriticalBeta) {
  const auto table = random_table(8, 6, 4);
  const auto critical = critical_beta(table);
  EXPECT_LE(critical.global, critical.local);
  EXPECT_EQ(point_of(table, 0.999 * critical.global).itx_bits, 0);
  EXPECT_LT(point_of(table, 1.001 * critical.global).lagrangian_bits, 0);
  const auto continuous = critical_beta(small_table());
  EXPECT_LT(continuous.global, continuous.local - 0.1);
  EXPECT_LT(point_of(small_table(), continuous.global + 0.1).lagrangian_bits, -1e-4);
}

TEST(DiscreteCurveTest, EndsAtTheInformationBetweenXAndY) {
  const auto table = table_of({{5, 1}, {10, 2}, {1, 3}, {2, 2}});  // two rows are one
  const auto limit = information_limit(table);
  const auto joint = joint_table(table);
  EXPECT_EQ(limit.front().itx_bits, 0);
  EXPECT_NEAR(limit.back().ity_bits, joint.ixy_bits, 1e-12);
  EXPECT_LT(limit.back().itx_bits, joint.hx_bits - 0.1);
  for (std::size_t i = 1; i < limit.size(); ++i) EXPECT_GT(limit[i].itx_bits, limit[i - 1].itx_bits);
}

TEST(DiscreteCurveTest, TakesTheCornersOfTheConcaveHull) {
  const auto hull = concave_hull({{2, 1}, {0, 0}, {1, 0.2}, {1, 0.9}, {1.5, 0.8}});
  ASSERT_EQ(hull.size(), 3u);
  EXPECT_EQ(hull[1].itx_bits, 1);
  EXPECT_EQ(hull[1].ity_bits, 0.9);
}

TEST(JointTableTest, RefusesWhatIsNone) {
  const auto refused = [](const torch::Tensor& counts, const char* words) {
    EXPECT_THAT([&] { joint_table(counts); }, ThrowsMessage<DataError>(HasSubstr(words)));
  };
  refused(table_of({{1, 2}, {3, -1}}), "row 2, column 2: -1");
  refused(table_of({{1, std::nan("")}}), "row 1, column 2: nan");
  refused(table_of({{std::numeric_limits<double>::infinity()}}), "row 1, column 1: inf");
  refused(torch::zeros({2, 2}), "every entry is 0");
  refused(torch::ones({4}), "1 dimension");
  refused(torch::ones({2, 2, 2}), "3 dimensions");
  refused(torch::ones({0, 3}), "0 rows and 3 columns");
  refused(torch::ones({2, 2}, torch::kBool), "expected numbers");
  EXPECT_THROW(point_of(torch::ones({2, 2}), -1), c10::Error);
  EXPECT_THROW(point_of(torch::ones({2, 2}), std::numeric_limits<double>::infinity()), c10::Error);
}

TEST(JointTableTest, TakesEveryTypeOfNumber) {
  const auto counts = table_of({{8, 1}, {2, 5}});
  const double least = point_of(counts, 4).lagrangian_bits;
  for (const auto type : {torch::kUInt8, torch::kInt64, torch::kFloat32, torch::kFloat16})
    EXPECT_NEAR(point_of(counts.to(type), 4).lagrangian_bits, least, 1e-9);
  EXPECT_NEAR(joint_table(1e300 * counts).ixy_bits, joint_table(counts).ixy_bits, 1e-12);
  EXPECT_EQ(point_of(torch::ones({1, 1}), 4).lagrangian_bits, 0);
  EXPECT_EQ(point_of(torch::ones({1, 5}), 4).lagrangian_bits, 0);
  EXPECT_EQ(point_of(torch::ones({5, 1}), 4).lagrangian_bits, 0);
}

TEST(JointTableTest, FallsIntoItsParts) {
  const auto parts = table_parts(joint_table(table_of({{1, 1, 0}, {0, 0, 6}, {2, 0, 0}, {0, 0, 1}})).p);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_NEAR(parts[0].weight, 7.0 / 11, 1e-12);
  EXPECT_EQ(parts[0].p_y_given_x.sizes(), torch::IntArrayRef({1, 1}));
  EXPECT_EQ(parts[1].p_y_given_x.sizes(), torch::IntArrayRef({2, 2}));
}

}  // namespace
}  // namespace vib
