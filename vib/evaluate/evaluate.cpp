#include "vib/evaluate/evaluate.h"

#include <algorithm>
#include <cmath>

#include "vib/core/device.h"
#include "vib/core/random.h"
#include "vib/core/units.h"
#include "vib/objective/rate.h"

namespace vib {
namespace {

/// Puts a module into evaluation mode, and back.
class EvaluationMode {
 public:
  explicit EvaluationMode(torch::nn::Module& module) : module_(module), was_training_(module.is_training()) {
    module_.eval();
  }
  ~EvaluationMode() { module_.train(was_training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  torch::nn::Module& module_;
  bool was_training_;
};

/// Sums over the examples of a split, kept on the device and read once at the end.
class Sums {
 public:
  explicit Sums(torch::Device device) : sums_(torch::zeros({kNumbers}, torch::dtype(torch::kFloat64).device(device))) {}

  void add(const Likelihood& likelihood, const Prediction& p, const torch::Tensor& targets) {
    sums_ += at::stack({likelihood.mistakes(p.mean, targets).sum(), likelihood.mistakes(p.mean_z, targets).sum(),
                        -p.log_mean.sum(), p.distortion.sum(), p.rate.sum(torch::kFloat64)});
    if (likelihood.counts_errors()) return;
    const auto values = targets.to(torch::kFloat64);
    const auto moments = at::stack({values.sum(0), values.square().sum(0)});
    moments_ = moments_.defined() ? moments_ + moments : moments;
  }

  SplitMetrics metrics(const VibModel& model, std::int64_t examples, std::int64_t samples,
                       std::optional<double> label_entropy) const {
    const auto means = (sums_ / static_cast<double>(examples)).cpu();
    const auto mean = [&](std::int64_t i) { return means[i].item<double>(); };
    SplitMetrics metrics;
    metrics.examples = examples;
    metrics.samples = model->deterministic() ? 1 : samples;
    if (model->likelihood().counts_errors()) {
      metrics.error = mean(0);
      metrics.error_mean_z = mean(1);
    } else {
      metrics.rmse = std::sqrt(mean(0));
      // Σ (y - ȳ)² = Σ y² - (Σ y)² / N, all values together.
      const auto deviation = (moments_[1] - moments_[0].square() / static_cast<double>(examples)).mean().item<double>();
      if (deviation > 0) metrics.r2 = 1 - mean(0) * static_cast<double>(examples) / deviation;
    }
    metrics.nll_bits = to_bits(mean(2));
    metrics.distortion_bits = to_bits(mean(3));
    if (!model->deterministic()) metrics.rate_bits = to_bits(mean(4));
    if (label_entropy) metrics.izy_bits = to_bits(*label_entropy - mean(3));
    return metrics;
  }

 private:
  static constexpr std::int64_t kNumbers = 5;
  torch::Tensor sums_;     // mistakes, those at z = μ, -log mean q, distortion, rate
  torch::Tensor moments_;  // of the target values: [2, D]
};

}  // namespace

Prediction predict(VibModel& model, const torch::Tensor& inputs, const std::optional<torch::Tensor>& targets,
                   std::int64_t samples, torch::Generator generator, const std::optional<torch::Tensor>& noise) {
  torch::NoGradGuard no_grad;
  const auto& likelihood = model->likelihood();
  const auto posterior = model->encode(inputs);
  if (posterior.deterministic()) samples = 1;
  Prediction p;
  for (std::int64_t m = 0; m < samples; ++m) {
    const auto z = noise ? posterior.sample_with((*noise)[m]) : posterior.sample(1, generator)[0];
    const auto decoded = model->decode(z).to(torch::kFloat64);
    const auto mean = likelihood.mean(decoded);
    p.mean = m == 0 ? mean : p.mean + mean;
    if (!targets) continue;
    const auto cost = likelihood.negative_log(decoded, *targets);
    p.log_mean = m == 0 ? -cost : at::logaddexp(p.log_mean, -cost);
    p.distortion = m == 0 ? cost : p.distortion + cost;
  }
  const auto draws = static_cast<double>(samples);
  p.mean = p.mean / draws;
  p.mean_z = likelihood.mean(model->decode(posterior.mean));
  p.rate = rate(posterior);
  if (targets) {
    p.log_mean = p.log_mean - std::log(draws);
    p.distortion = p.distortion / draws;
  }
  return p;
}

SplitMetrics evaluate(VibModel model, const Dataset& data, const EvaluateOptions& options) {
  TORCH_CHECK(data.size() > 0, "cannot evaluate on an empty split (", data.name, ")");
  TORCH_CHECK(options.samples() >= 1 && options.batch_size() >= 1,
              "evaluation needs samples >= 1 and batch_size >= 1, got ", options.samples(), " and ",
              options.batch_size());
  const EvaluationMode evaluation_mode(*model);
  const auto generator = make_generator(data.inputs.device(), derive_seed(options.seed(), Stream::evaluation));

  Sums sums(data.inputs.device());
  for (std::int64_t begin = 0; begin < data.size(); begin += options.batch_size()) {
    const auto end = std::min(begin + options.batch_size(), data.size());
    const auto targets = data.batch_targets(begin, end);
    const auto noise = options.noise() ? std::optional(options.noise()->slice(1, begin, end)) : std::nullopt;
    const auto p = predict(model, data.batch_inputs(begin, end), targets, options.samples(), generator, noise);
    sums.add(model->likelihood(), p, targets);
  }
  return sums.metrics(model, data.size(), options.samples(), data.label_entropy());
}

}  // namespace vib
