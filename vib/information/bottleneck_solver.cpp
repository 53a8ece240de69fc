#include "vib/information/bottleneck_solver.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <tuple>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/cholesky_solve.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_svdvals.h>
#include <torch/autograd.h>

namespace vib {
namespace {

constexpr double kTiny = 1e-300;
constexpr int kRounds = 60;
constexpr std::int64_t kMostStarts = 64;       // of the rows of a large table
constexpr double kSame = 1e-8, kCoarse = 0.5;  // distances of prune()
constexpr std::int64_t kMostForNewton = 1200;  // points of a measure: its Hessian is as large

double number(const torch::Tensor& scalar) { return scalar.item<double>(); }

/// Finite: a class of weight 0 counts as one of 1e-300.
torch::Tensor safe_log(const torch::Tensor& p) { return p.clamp_min(kTiny).log(); }

torch::Tensor normalized(const torch::Tensor& rows) { return rows / rows.sum(1, true); }

/// Points of random mixtures of `rows`, each mostly of a few of them. The same for the same table.
torch::Tensor random_mixtures(const torch::Tensor& rows, std::int64_t count) {
  const auto generator = at::detail::createCPUGenerator(1);
  const auto shares = torch::rand({count, rows.size(0)}, generator, rows.options());
  return normalized(shares.clamp_min(1e-12).log().neg().pow(6)).matmul(rows);
}

/// The directions that steps of a descent in θ = sqrt(p(t, y)) have shown: L-BFGS. Its first guess of the curvature is
/// that of Blahut and Arimoto's step: 1 in the weight of a point, β within it.
class Descent {
 public:
  explicit Descent(double beta) : beta_(beta) {}

  torch::Tensor direction(const torch::Tensor& gradient, const torch::Tensor& at) const {
    auto d = gradient.clone();
    std::vector<double> shares;
    for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) {
      shares.push_back(number((pair->step * d).sum()) / pair->product);
      d.sub_(pair->change, shares.back());
    }
    d = scaled(d, at);
    if (!pairs_.empty()) {
      const auto& last = pairs_.back();
      d.mul_(last.product / number((last.change * scaled(last.change, at)).sum()));
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const auto& pair = pairs_[i];
      d.add_(pair.step, shares[pairs_.size() - 1 - i] - number((pair.change * d).sum()) / pair.product);
    }
    return d;
  }

  void add(const torch::Tensor& step, const torch::Tensor& change) {
    const double product = number((step * change).sum());
    if (product <= 1e-12 * number((change * change).sum())) return;
    constexpr std::size_t kMemory = 20;
    if (pairs_.size() == kMemory) pairs_.pop_front();
    pairs_.push_back({step, change, product});
  }

  bool knows_nothing() const { return pairs_.empty(); }
  void forget() { pairs_.clear(); }

 private:
  struct Pair {
    torch::Tensor step, change;
    double product;
  };

  torch::Tensor scaled(const torch::Tensor& d, const torch::Tensor& at) const {
    const auto along = (d * at).sum(1, true) / (at * at).sum(1, true).clamp_min(kTiny) * at;
    return (along + (d - along) / std::max(beta_, 1.0)) / 4;
  }

  double beta_;
  std::deque<Pair> pairs_;
};

/// The largest of log Σ_x exp(c_x + a_x u + b_x v) on the curve exp(u) + exp(v) = 1. It is convex in (u, v), so over a
/// stretch of the curve, which is concave, it is at most what it is at a corner of the triangle of the ends and of
/// where their tangents meet. Halving the stretches that could hold more closes in on it.
class LineSearch {
 public:
  LineSearch(const torch::Tensor& c, const torch::Tensor& a, const torch::Tensor& b)
      : c_(values(c)), a_(values(a)), b_(values(b)) {}

  struct Result {
    double bound;  ///< nothing on the curve is above it
    double best;   ///< the largest found
    double logit;  ///< where: log s/(1 - s)
  };

  /// Within `tolerance` of the largest, or of `enough`, whichever is more.
  Result search(double enough, double tolerance) const {
    constexpr double kEnd = 60;  // beyond, one of the two classes is nothing: u or v is as good as 0
    constexpr int kFirst = 240;
    std::vector<Place> places;
    for (int i = 0; i <= kFirst; ++i) places.push_back(place(-kEnd + 2 * kEnd * i / kFirst));
    Result result{std::max(log_sum(places.front().u, 0), log_sum(0, places.back().v)),
                  -std::numeric_limits<double>::infinity(), 0};
    for (const auto& at : places) note(at, result);
    std::vector<std::pair<Place, Place>> open;
    for (int i = 0; i < kFirst; ++i)
      open.emplace_back(places[static_cast<std::size_t>(i)], places[static_cast<std::size_t>(i + 1)]);
    int left = 20'000;
    while (!open.empty()) {
      const auto [from, to] = open.back();
      open.pop_back();
      const double here = bound(from, to);
      if (here <= std::max(result.best, enough) + tolerance || to.logit - from.logit < 1e-9 || --left < 0) {
        result.bound = std::max(result.bound, here);
        continue;
      }
      const auto middle = place((from.logit + to.logit) / 2);
      note(middle, result);
      open.emplace_back(from, middle);
      open.emplace_back(middle, to);
    }
    return result;
  }

 private:
  struct Place {
    double logit, u, v, value;
  };

  static std::vector<double> values(const torch::Tensor& tensor) {
    const auto flat = tensor.contiguous();
    return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
  }

  static void note(const Place& at, Result& result) {
    if (at.value <= result.best) return;
    result.best = at.value;
    result.logit = at.logit;
  }

  double log_sum(double u, double v) const {
    double largest = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < c_.size(); ++i) largest = std::max(largest, c_[i] + a_[i] * u + b_[i] * v);
    double sum = 0;
    for (std::size_t i = 0; i < c_.size(); ++i) {
      const double term = c_[i] + a_[i] * u + b_[i] * v - largest;
      if (term > -40) sum += std::exp(term);
    }
    // What was left out is at most exp(-40) each.
    return largest + std::log(sum) + 4e-18 * static_cast<double>(c_.size());
  }

  Place place(double logit) const {
    const double u = -std::log1p(std::exp(-logit)), v = -std::log1p(std::exp(logit));
    return {logit, u, v, log_sum(u, v)};
  }

  double bound(const Place& from, const Place& to) const {
    const double ends = std::max(from.value, to.value);
    // The tangent at s has the slope -s/(1 - s), of u against v; from where the curve is steep, the other way around.
    const bool steep = from.logit + to.logit > 0;
    const double m = steep ? -std::exp(-from.logit) : -std::exp(from.logit);
    const double n = steep ? -std::exp(-to.logit) : -std::exp(to.logit);
    const double p = steep ? from.v : from.u, q = steep ? from.u : from.v;
    const double r = steep ? to.v : to.u, s = steep ? to.u : to.v;
    if (m == n) return ends;
    const double x = std::clamp((s - q + m * p - n * r) / (m - n), std::min(p, r), std::max(p, r));
    const double y = std::max(q + m * (x - p), s + n * (x - r));
    return std::max(ends, steep ? log_sum(y, x) : log_sum(x, y));
  }

  std::vector<double> c_, a_, b_;
};

}  // namespace

BottleneckSolver::BottleneckSolver(const TablePart& part)
    : classes_(part.p_y.size(0)),
      p_x_(part.p_x),
      p_y_given_x_(part.p_y_given_x),
      p_y_(part.p_y),
      log_p_x_(safe_log(part.p_x)),
      negative_entropy_(at::xlogy(part.p_y_given_x, part.p_y_given_x).sum(1)) {
  constexpr std::int64_t kMixtures = 48;
  // Within the simplex, too: an ascent never leaves a face.
  const auto inner = [&](const torch::Tensor& points) { return 0.95 * points + 0.05 * p_y_; };
  std::vector<torch::Tensor> all = {inner(p_y_given_x_), p_y_given_x_, random_mixtures(p_y_given_x_, kMixtures)};
  if (classes_ <= kMostStarts) all.push_back(inner(torch::eye(classes_, p_y_.options())));
  candidates_ = at::cat(all);
  measure_ = {p_y_given_x_, p_x_};
}

/// log k(x, s_t), `[X, T]`.
torch::Tensor BottleneckSolver::log_kernel(const torch::Tensor& points, double beta) const {
  return (p_y_given_x_.matmul(safe_log(points).t()) - negative_entropy_.unsqueeze(1)).mul_(beta);
}

/// log f(x), `[X]`.
torch::Tensor BottleneckSolver::log_mixture(const Measure& measure, double beta) const {
  return at::logsumexp(log_kernel(measure.points, beta) + safe_log(measure.weights), 1);
}

BottleneckSolver::Moved BottleneckSolver::moved(const Measure& measure, double beta) const {
  auto terms = log_kernel(measure.points, beta).add_(safe_log(measure.weights));
  const auto largest = terms.amax(1, true);
  terms.sub_(largest).exp_();
  const auto sum = terms.sum(1);
  const auto shares = terms.mul_((p_x_ / sum).unsqueeze(1));  // p(x, t)
  return {-p_x_.dot(sum.log() + largest.squeeze(1)), shares.t().matmul(p_y_given_x_)};
}

/// log Z of each point, and where a step of Blahut and Arimoto pulls it, which never has a smaller Z.
BottleneckSolver::Ascent BottleneckSolver::pulled(const torch::Tensor& points, const torch::Tensor& log_w,
                                                  double beta) const {
  auto terms = log_kernel(points, beta).add_(log_w.unsqueeze(1));
  const auto largest = terms.amax(0);
  terms.sub_(largest).exp_();
  const auto sum = terms.sum(0);
  return {terms.t().matmul(p_y_given_x_).div_(sum.unsqueeze(1)), sum.log() + largest};
}

/// Follows that pull, in long steps where they help (Varadhan & Roland 2008), each point until it gains little.
BottleneckSolver::Ascent BottleneckSolver::ascend(const torch::Tensor& from, const torch::Tensor& log_w, double beta,
                                                  double tolerance) const {
  constexpr int kCycles = 40;
  constexpr double kLongest = 256;
  Ascent found = {from.clone(), torch::empty({from.size(0)}, from.options())};
  auto active = torch::arange(from.size(0));
  auto points = from;
  auto first = pulled(points, log_w, beta);
  found.log_z.copy_(first.log_z);
  for (int cycle = 0; cycle < kCycles && active.numel() > 0; ++cycle) {
    const auto second = pulled(first.points, log_w, beta);
    const auto log_0 = safe_log(points), log_1 = safe_log(first.points), log_2 = safe_log(second.points);
    const auto step = log_1 - log_0, bend = log_2 - log_1 - step;
    const auto norm = [&](const torch::Tensor& t) { return (points * t * t).sum(1, true); };
    const auto length = (norm(step) / norm(bend).clamp_min(kTiny)).sqrt().clamp(1, kLongest);
    const auto far = at::softmax(log_0 + 2 * length * step + length * length * bend, 1);
    const auto beyond = pulled(far, log_w, beta);
    const auto better = (beyond.log_z >= second.log_z).unsqueeze(1);
    points = at::where(better, beyond.points, second.points);
    auto next = pulled(points, log_w, beta);
    const auto gain = next.log_z - first.log_z;
    found.points.index_copy_(0, active, points);
    found.log_z.index_copy_(0, active, next.log_z);
    const auto going_on = (gain > 1e-3 * tolerance).nonzero().flatten();
    if (going_on.numel() < active.numel()) {
      active = active.index_select(0, going_on);
      points = points.index_select(0, going_on);
      next = {next.points.index_select(0, going_on), next.log_z.index_select(0, going_on)};
    }
    first = next;
  }
  return found;
}

/// The candidates with the largest Z, and p(y).
torch::Tensor BottleneckSolver::starts(const torch::Tensor& log_w, double beta) const {
  if (classes_ == 2) return line_starts(log_w, beta);
  if (candidates_.size(0) <= 4 * kMostStarts) return at::cat({candidates_, p_y_.unsqueeze(0)});
  const auto log_z = pulled(candidates_, log_w, beta).log_z;
  const auto best = std::get<1>(log_z.topk(kMostStarts));
  const auto mixtures = candidates_.slice(0, 2 * p_x_.size(0));
  return at::cat({candidates_.index_select(0, best), mixtures, p_y_.unsqueeze(0)});
}

/// Of two classes: the peaks of Z on a grid.
torch::Tensor BottleneckSolver::line_starts(const torch::Tensor& log_w, double beta) const {
  constexpr std::int64_t kGrid = 801;
  constexpr double kEnd = 40;
  const auto logits = torch::linspace(-kEnd, kEnd, kGrid, p_y_.options());
  const auto grid = at::stack({logits, -logits}, 1).sigmoid();
  const auto log_z = pulled(grid, log_w, beta).log_z;
  auto peak = torch::ones({kGrid}, torch::kBool);
  const auto rises = log_z.slice(0, 1) >= log_z.slice(0, 0, -1);
  peak.slice(0, 1).logical_and_(rises);
  peak.slice(0, 0, -1).logical_and_(rises.logical_not());
  return at::cat({grid.index({peak}), p_y_.unsqueeze(0)});
}

/// Of two classes: the point of the largest Z, and a bound on it.
BottleneckSolver::Ascent BottleneckSolver::bound_on_line(const torch::Tensor& log_w, double beta,
                                                         double tolerance) const {
  const auto c = log_w - beta * negative_entropy_;
  const auto result =
      LineSearch(c, beta * p_y_given_x_.select(1, 0), beta * p_y_given_x_.select(1, 1)).search(/*enough=*/0, tolerance);
  const auto logit = torch::tensor({result.logit, -result.logit}, p_y_.options());
  return {logit.sigmoid().unsqueeze(0), torch::tensor({result.bound}, p_y_.options())};
}

/// L-BFGS over the points and their weights together. They go as θ = sqrt(p(t, y)), where nothing can turn negative.
void BottleneckSolver::descend(double beta, double tolerance) {
  constexpr int kSteps = 300, kTries = 12;
  struct State {
    torch::Tensor theta, gradient;
    Measure measure;
    double value;
  };
  const auto state_at = [&](const torch::Tensor& theta) {
    auto joint = theta * theta;
    joint.div_(joint.sum());
    const auto weights = joint.sum(1);
    Measure measure = {joint / weights.unsqueeze(1).clamp_min(kTiny), weights};
    const auto next = moved(measure, beta);
    auto root = joint.sqrt();
    // dF/dp(t,y) = -β p'(t,y)/p(t,y) - (1 - β) p'(t)/p(t), and 1 for the sum, which is held
    const auto kept = next.joint.sum(1) / weights.clamp_min(kTiny);
    auto gradient = 2 * (root - beta * next.joint / root.clamp_min(1e-10) - (1 - beta) * root * kept.unsqueeze(1));
    return State{root, gradient, measure, number(next.value)};
  };
  // A step of Blahut and Arimoto first, off the faces that L-BFGS would be stuck on.
  auto state = state_at(moved(measure_, beta).joint.sqrt());
  Descent descent(beta);
  for (int step = 0; step < kSteps; ++step) {
    const auto direction = descent.direction(state.gradient, state.theta);
    const double slope = number((state.gradient * direction).sum());
    if (!(slope > 0)) {
      if (descent.knows_nothing()) break;
      descent.forget();
      continue;
    }
    // The bound asks for more than F: what is of the second order in F is of the first in Z.
    if (slope < 1e-4 * tolerance) break;
    double length = 1;
    State next;
    int tries = 0;
    for (; tries < kTries; ++tries, length *= 0.4) {
      next = state_at(state.theta - length * direction);
      if (next.value <= state.value - 1e-4 * length * slope) break;
    }
    if (tries == kTries) {
      if (descent.knows_nothing()) break;
      descent.forget();
      continue;
    }
    descent.add(next.theta - state.theta, next.gradient - state.gradient);
    state = std::move(next);
  }
  measure_ = state.measure;
}

/// Drops points without weight, and takes those together that are near: kernels of a width of about 1 at distances of
/// sqrt(4β) times Hellinger's.
void BottleneckSolver::prune(double beta, double distance) {
  constexpr double kNone = 1e-14;
  const auto order = std::get<1>(measure_.weights.sort(0, /*descending=*/true));
  const auto weights = measure_.weights.index_select(0, order);
  const auto points = measure_.points.index_select(0, order);
  const auto root = points.sqrt();
  auto group = torch::full({weights.size(0)}, -1, torch::kInt64);
  auto* place = group.mutable_data_ptr<std::int64_t>();
  const auto weight = weights.accessor<double, 1>();
  std::int64_t groups = 0;
  for (std::int64_t i = 0; i < weights.size(0) && weight[i] > kNone; ++i) {
    if (place[i] >= 0) continue;
    const auto rest = group.slice(0, i);
    const auto near = (root.slice(0, i) - root[i]).square().sum(1) <= distance / (4 * beta);
    rest.masked_fill_(near.logical_and(rest < 0), groups);
    place[i] = groups++;
  }
  group.masked_fill_(weights <= kNone, -1);
  const auto kept = (group >= 0).nonzero().flatten();
  const auto joint =
      torch::zeros({groups, classes_}, points.options())
          .index_add(0, group.index_select(0, kept), (points * weights.unsqueeze(1)).index_select(0, kept));
  const auto sums = joint.sum(1);
  measure_ = {joint / sums.unsqueeze(1), sums / sums.sum()};
}

/// The best weights of the points as they are: F + Σ π over π >= 0, by projected Newton steps (Bertsekas 1982).
void BottleneckSolver::fit_weights(double beta, double tolerance) {
  if (measure_.weights.size(0) > kMostForNewton) return;
  constexpr int kSteps = 30, kTries = 30;
  const auto log_k = log_kernel(measure_.points, beta);
  const auto kernel = (log_k - log_k.amax(1, true)).exp();
  const auto value_of = [&](const torch::Tensor& weights) {
    return number(weights.sum() - p_x_.dot(safe_log(kernel.mv(weights))));
  };
  auto weights = measure_.weights;
  double value = value_of(weights);
  for (int step = 0; step < kSteps; ++step) {
    const auto f = kernel.mv(weights);
    const auto gradient = 1 - kernel.t().mv(p_x_ / f);
    // 1 - Z of each point. F itself is flat to rounding long before it is near enough to 0.
    const auto off = at::where(weights > 0, gradient.abs(), gradient.neg());
    if (number(off.max()) < tolerance) break;
    const auto held = (weights <= 1e-9).logical_and(gradient > 0);
    const auto free = held.logical_not().nonzero().flatten();
    const auto scaled = kernel.index_select(1, free) * (p_x_.sqrt() / f).unsqueeze(1);
    auto hessian = scaled.t().matmul(scaled);
    hessian.diagonal().add_(1e-10 * number(hessian.diagonal().max()) + kTiny);
    const auto [factor, failed] = at::linalg_cholesky_ex(hessian);
    if (failed.item<int>() != 0) break;
    auto direction = weights.neg().mul(held);
    direction.index_copy_(0, free,
                          at::cholesky_solve(gradient.index_select(0, free).neg().unsqueeze(1), factor).squeeze(1));
    const double most = value + 1e-14 * std::max(1.0, std::abs(value));
    double length = 1, next_value = std::numeric_limits<double>::infinity();
    torch::Tensor next;
    for (int i = 0; i < kTries && !(next_value <= most); ++i, length /= 2) {
      next = (weights + length * direction).clamp_min(0);
      next_value = value_of(next);
    }
    if (!(next_value <= most)) break;
    weights = next;
    value = next_value;
  }
  const auto kept = (weights > 0).nonzero().flatten();
  const auto left = weights.index_select(0, kept);
  measure_ = {measure_.points.index_select(0, kept), left / left.sum()};
}

/// What the encoder p(t|x) of the measure has: its own p(t) and p(y|t), so that the point is one of the plane's.
BottleneckSolver::Solution BottleneckSolver::at_measure(double beta) const {
  const auto terms = log_kernel(measure_.points, beta) + safe_log(measure_.weights);
  const auto encoder = at::softmax(terms, 1);
  const auto weights = p_x_.unsqueeze(0).mm(encoder).squeeze(0);  // p(t)
  const auto joint = (encoder * p_x_.unsqueeze(1)).t().matmul(p_y_given_x_);
  const auto decoder = joint / weights.unsqueeze(1).clamp_min(kTiny);
  // As divergences from the marginal: no difference of entropies, which are large beside a small information.
  const auto itx = (p_x_.unsqueeze(1) * at::xlogy(encoder, encoder / weights.clamp_min(kTiny))).sum();
  const auto ity = at::xlogy(joint, decoder / p_y_).sum();
  return {number(itx), number(ity), 0};
}

BottleneckSolver::Solution BottleneckSolver::solve(double beta, double tolerance) {
  const torch::NoGradGuard no_grad;
  if (classes_ < 2 || beta <= 1) return {};
  // Z is known to no more than that.
  tolerance = std::max(tolerance, 1e-14 * beta);
  double gap = 0;
  double value = 0;
  // Few of the points are needed: those that are not are dropped before they cost time.
  prune(beta, kCoarse);
  fit_weights(beta, 1e-3);
  for (int round = 0; round < kRounds; ++round) {
    descend(beta, tolerance);
    prune(beta, kSame);
    fit_weights(beta, 1e-2 * tolerance);
    const auto log_f = log_mixture(measure_, beta);
    value = -number(p_x_.dot(log_f));
    const auto log_w = log_p_x_ - log_f;
    auto peaks = ascend(at::cat({measure_.points, starts(log_w, beta)}), log_w, beta, tolerance);
    gap = number(peaks.log_z.max());
    if (certifies() && gap <= tolerance) {
      const auto bound = bound_on_line(log_w, beta, tolerance / 4);
      gap = std::max(gap, number(bound.log_z));
      peaks = {at::cat({peaks.points, bound.points}), at::cat({peaks.log_z, bound.log_z})};
    }
    if (gap <= tolerance || round + 1 == kRounds) break;
    const auto above = (peaks.log_z > std::max(1e-3 * gap, 0.0)).nonzero().flatten();
    constexpr double kShare = 1e-3;
    const auto added = torch::full({above.size(0)}, kShare / static_cast<double>(above.size(0)), p_y_.options());
    measure_ = {at::cat({measure_.points, peaks.points.index_select(0, above)}),
                at::cat({measure_.weights * (1 - kShare), added})};
    prune(beta, kSame);
  }
  auto solution = at_measure(beta);
  const double lagrangian = solution.itx - beta * solution.ity;
  const double least = value - std::max(gap, 0.0) - beta * ixy();
  constexpr double kZero = 1e-13;
  if (lagrangian > -kZero) solution = {};  // T = constant is as good
  solution.gap = std::max(solution.itx - beta * solution.ity - least, 0.0);
  return solution;
}

double BottleneckSolver::ixy() const {
  return number((p_x_.unsqueeze(1) * at::xlogy(p_y_given_x_, p_y_given_x_ / p_y_)).sum());
}

double BottleneckSolver::local_critical_beta() const {
  constexpr double kNone = 1e-14;
  if (classes_ < 2) return std::numeric_limits<double>::infinity();
  const auto excess = (p_y_given_x_ - p_y_) * p_x_.sqrt().unsqueeze(1) / p_y_.sqrt();
  const double correlation = number(at::linalg_svdvals(excess).max());
  return correlation < kNone ? std::numeric_limits<double>::infinity() : std::max(1 / (correlation * correlation), 1.0);
}

/// From β down: of all s, that with the largest Z at this β; then the β at which its Z is 1, which is smaller. Z of one
/// s is log-convex in β and 1 at 0, so Newton's steps from above get there. The few best s are followed, then all are
/// looked at again.
double BottleneckSolver::critical_beta() const {
  const torch::NoGradGuard no_grad;
  constexpr int kSearches = 6, kSteps = 30;
  constexpr std::int64_t kFollowed = 8;
  constexpr double kResolution = 1e-13;
  double beta = local_critical_beta();
  if (!std::isfinite(beta)) return beta;
  // T = constant: one point p(y) of weight 1
  const auto log_w = [&] { return log_p_x_ - log_kernel(p_y_.unsqueeze(0), beta).squeeze(1); };
  const auto above_one = [&](const Ascent& peaks) { return number(peaks.log_z.max()) > kResolution * beta; };
  for (int search = 0; search < kSearches; ++search) {
    const double before = beta;
    auto peaks = ascend(starts(log_w(), beta), log_w(), beta, kResolution);
    const auto best = std::get<1>(peaks.log_z.topk(std::min(kFollowed, peaks.log_z.size(0))));
    peaks = {peaks.points.index_select(0, best), peaks.log_z.index_select(0, best)};
    for (int step = 0; step < kSteps && above_one(peaks); ++step) {
      const double last = beta;
      beta = beta_of_one(peaks.points[peaks.log_z.argmax()], beta);
      if (last - beta < 1e-12 * beta) break;
      peaks = ascend(peaks.points, log_w(), beta, kResolution);
    }
    if (before - beta < 1e-9 * beta) break;
  }
  return std::max(beta, 1.0);
}

/// The β below `beta` at which Z of `point` is 1, where it is above.
double BottleneckSolver::beta_of_one(const torch::Tensor& point, double beta) const {
  constexpr int kSteps = 60;
  const auto gain = p_y_given_x_.mv(safe_log(point) - p_y_.log());
  for (int step = 0; step < kSteps; ++step) {
    const auto terms = log_p_x_ + beta * gain;
    const double log_z = number(at::logsumexp(terms, 0));
    const double slope = number((at::softmax(terms, 0) * gain).sum());
    if (log_z < 1e-15 * beta || slope <= 0) break;
    beta -= log_z / slope;
  }
  return beta;
}

}  // namespace vib
