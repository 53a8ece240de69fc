#include "vib/evaluate/calibration.h"

#include <cmath>
#include <limits>

#include "vib/core/units.h"

namespace vib {
namespace {

constexpr std::int64_t kBins = 15;
constexpr double kHottest = 100;

// What a probability of 0 is taken for: its logarithm has to be multiplied.
torch::Tensor log_of(const torch::Tensor& probabilities) {
  return probabilities.to(torch::kFloat64).clamp_min(std::numeric_limits<double>::min()).log();
}

torch::Tensor of_labels(const torch::Tensor& values, const torch::Tensor& labels) {
  return values.gather(1, labels.unsqueeze(1)).squeeze(1);
}

}  // namespace

torch::Tensor calibration_gaps(const torch::Tensor& probabilities, const torch::Tensor& labels,
                               const torch::Tensor& weights) {
  const auto [top, label] = probabilities.to(torch::kFloat64).max(1);
  // A model that is broken gives no numbers: they have no bin, and make every gap none.
  const auto bin = ((top * kBins).ceil() - 1).nan_to_num(0).clamp(0, kBins - 1).to(torch::kInt64);
  auto gap = label.eq(labels).to(torch::kFloat64) - top;
  if (weights.defined()) gap = gap * weights;
  return (at::one_hot(bin, kBins) * gap.unsqueeze(1)).sum(0);
}

Calibration calibration_of(const torch::Tensor& probabilities, const torch::Tensor& labels) {
  const auto nll = -of_labels(log_of(probabilities), labels).mean();
  const auto gaps = calibration_gaps(probabilities, labels).abs().sum() / labels.size(0);
  return {to_bits(nll.item<double>()), gaps.item<double>()};
}

torch::Tensor at_temperature(const torch::Tensor& probabilities, double temperature) {
  return (log_of(probabilities) / temperature).softmax(1);
}

double fit_temperature(const torch::Tensor& probabilities, const torch::Tensor& labels) {
  const auto logs = log_of(probabilities);
  const auto mean_of_labels = of_labels(logs, labels).mean().item<double>();
  // In u = 1/T the cost is convex; its slope is E_{p_T}[log p] - log p(y).
  const auto slope = [&](double u) {
    return ((logs * u).softmax(1) * logs).sum(1).mean().item<double>() - mean_of_labels;
  };
  double low = -std::log(kHottest), high = std::log(kHottest);  // of log u
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (slope(std::exp(middle)) < 0 ? low : high) = middle;
  }
  return std::exp(-(low + high) / 2);
}

torch::Tensor of_every_class(const torch::Tensor& probabilities) {
  return probabilities.size(1) == 1 ? at::cat({1 - probabilities, probabilities}, 1) : probabilities;
}

}  // namespace vib
