#include "vib/information/discrete_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <c10/util/Exception.h>

#include "vib/core/units.h"
#include "vib/information/bottleneck_solver.h"
#include "vib/information/joint_table.h"

namespace vib {
namespace {

/// A part that says which it is, H(which), is known to X and Y alike.
double parts_entropy(const std::vector<TablePart>& parts) {
  double nats = 0;
  for (const auto& part : parts) nats -= part.weight * std::log(part.weight);
  return parts.size() < 2 ? 0 : nats;
}

/// The end of the curve: all of I(X;Y), at the least I(T;X) that has it.
PlanePoint end_of_curve(const std::vector<TablePart>& parts, double ixy_bits) {
  double nats = parts_entropy(parts);
  for (const auto& part : parts) nats -= part.weight * at::xlogy(part.p_x, part.p_x).sum().item<double>();
  return {std::max(to_bits(nats), ixy_bits), ixy_bits};
}

CriticalBeta critical_beta_of(const std::vector<TablePart>& parts) {
  if (parts.size() > 1) return {1, 1};
  const BottleneckSolver solver(parts.front());
  return {solver.critical_beta(), solver.local_critical_beta()};
}

std::vector<CurvePoint> curve_of(const std::vector<TablePart>& parts, const std::vector<double>& betas,
                                 const DiscreteCurveOptions& options) {
  for (const double beta : betas)
    TORCH_CHECK(std::isfinite(beta) && beta >= 0, "beta must be a number >= 0, found ", beta);
  TORCH_CHECK(options.tolerance_bits() > 0, "tolerance_bits must be > 0, found ", options.tolerance_bits());
  std::vector<std::size_t> falling(betas.size());
  std::iota(falling.begin(), falling.end(), std::size_t{0});
  std::ranges::stable_sort(falling, std::greater<>(), [&](std::size_t i) { return betas[i]; });

  std::vector<CurvePoint> curve(betas.size());
  const double known = to_bits(parts_entropy(parts));
  for (const auto i : falling) {
    curve[i].beta = betas[i];
    if (betas[i] > 1) curve[i].itx_bits = curve[i].ity_bits = known;
  }
  for (const auto& part : parts) {
    BottleneckSolver solver(part);
    for (const auto i : falling) {
      const auto solution = solver.solve(betas[i], to_nats(options.tolerance_bits()));
      curve[i].itx_bits += part.weight * to_bits(solution.itx);
      curve[i].ity_bits += part.weight * to_bits(solution.ity);
      curve[i].gap_bits += part.weight * to_bits(solution.gap);
    }
  }
  for (auto& point : curve) point.lagrangian_bits = point.itx_bits - point.beta * point.ity_bits;
  return curve;
}

}  // namespace

std::vector<CurvePoint> discrete_curve(const torch::Tensor& joint, const std::vector<double>& betas,
                                       const DiscreteCurveOptions& options) {
  return curve_of(table_parts(joint_table(joint).p), betas, options);
}

CriticalBeta critical_beta(const torch::Tensor& joint) { return critical_beta_of(table_parts(joint_table(joint).p)); }

bool has_certified_gaps(const torch::Tensor& joint) {
  return std::ranges::all_of(table_parts(joint_table(joint).p),
                             [](const TablePart& part) { return part.p_y.size(0) <= 2; });
}

std::vector<PlanePoint> information_limit(const torch::Tensor& joint, std::int64_t points) {
  TORCH_CHECK(points >= 2, "points must be 2 or more, found ", points);
  const auto table = joint_table(joint);
  const auto parts = table_parts(table.p);
  const double first = critical_beta_of(parts).global;
  std::vector<PlanePoint> plane = {{0, 0}, end_of_curve(parts, table.ixy_bits)};
  if (!std::isfinite(first)) return {{0, 0}};
  std::vector<double> betas;
  for (std::int64_t i = 1; i <= points; ++i)
    betas.push_back(first * std::pow(1000.0, static_cast<double>(i) / static_cast<double>(points)));
  for (const auto& point : curve_of(parts, betas, {})) plane.push_back({point.itx_bits, point.ity_bits});
  return concave_hull(std::move(plane));
}

std::vector<PlanePoint> concave_hull(std::vector<PlanePoint> points) {
  std::ranges::sort(points, [](const PlanePoint& a, const PlanePoint& b) {
    return a.itx_bits != b.itx_bits ? a.itx_bits < b.itx_bits : a.ity_bits < b.ity_bits;
  });
  std::vector<PlanePoint> hull;
  for (const auto& point : points) {
    if (!hull.empty() && hull.back().itx_bits == point.itx_bits) hull.pop_back();
    while (hull.size() > 1) {
      const auto &a = hull[hull.size() - 2], &b = hull.back();
      const double turn = (b.itx_bits - a.itx_bits) * (point.ity_bits - a.ity_bits) -
                          (b.ity_bits - a.ity_bits) * (point.itx_bits - a.itx_bits);
      if (turn < 0) break;
      hull.pop_back();
    }
    hull.push_back(point);
  }
  return hull;
}

}  // namespace vib
