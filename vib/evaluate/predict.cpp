#include "vib/evaluate/predict.h"

#include <cmath>

#include "vib/nn/module_mode.h"

namespace vib {
namespace {

void add(torch::Tensor& sum, const torch::Tensor& x) { sum = sum.defined() ? sum + x : x; }

}  // namespace

Prediction predict(VibModelImpl& model, const torch::Tensor& inputs, const torch::Tensor& targets, std::int64_t samples,
                   const std::function<torch::Tensor(std::int64_t draw)>& noise) {
  torch::NoGradGuard no_grad;
  const ModuleMode evaluation(model, ModuleMode::kEvaluation);
  const auto& likelihood = model.likelihood();
  const auto posterior = model.encode(inputs);
  if (posterior.deterministic()) samples = 1;
  const auto draws = static_cast<double>(samples);
  Prediction p;
  torch::Tensor first, squares, variances;  // of the likelihood's means, about the first; and of its variances
  const auto context = model.prior_context(posterior, targets);
  const auto exact_rate = model.prior.closed_form(posterior, targets);
  const auto log_prior = exact_rate ? LogDensity() : model.prior.density(context);
  const auto shares = model.prior.responsibilities(context);
  for (std::int64_t m = 0; m < samples; ++m) {
    const auto z = posterior.deterministic() ? posterior.mean() : posterior.sample_with(noise(m));
    const auto decoded = model.decode(z).to(torch::kFloat64);
    const auto mean = likelihood.mean(decoded);
    p.mean = m == 0 ? mean : p.mean + mean;
    if (const auto variance = likelihood.variance(decoded); variance.defined()) {
      if (m == 0) first = mean;
      const auto square = (mean - first).square();
      squares = m == 0 ? square : squares + square;
      variances = m == 0 ? variance : variances + variance;
    }
    if (!exact_rate) {
      const auto rate = posterior.log_prob(z) - log_prior(z.unsqueeze(0)).squeeze(0);
      p.rate = m == 0 ? rate : p.rate + rate;
    }
    if (const auto residual = model.prior.residual(posterior, z.unsqueeze(0), targets))
      add(p.residual, *residual / draws);
    if (shares) add(p.responsibilities, shares(z) / draws);
    if (!targets.defined()) continue;
    const auto cost = likelihood.negative_log(decoded, targets);
    p.log_mean = m == 0 ? -cost : at::logaddexp(p.log_mean, -cost);
    p.distortion = m == 0 ? cost : p.distortion + cost;
  }
  p.mean = p.mean / draws;
  if (first.defined()) p.variance = ((squares + variances) / draws - (p.mean - first).square()).clamp_min(0);
  p.mean_z = likelihood.mean(model.decode(posterior.mean()));
  p.rate = exact_rate ? *exact_rate : p.rate / draws;
  if (targets.defined()) {
    p.log_mean = p.log_mean - std::log(draws);
    p.distortion = p.distortion / draws;
  }
  return p;
}

Prediction in_data_units(Prediction p, const torch::Tensor& target_mean, const torch::Tensor& target_scale) {
  if (!target_mean.defined()) return p;
  const auto mean = target_mean.to(p.mean.device()), scale = target_scale.to(p.mean.device());
  p.mean = mean + scale * p.mean;
  p.mean_z = mean + scale * p.mean_z;
  if (p.variance.defined()) p.variance = scale.square() * p.variance;
  if (!p.log_mean.defined()) return p;
  const auto volume = scale.log().sum();
  p.log_mean = p.log_mean - volume;
  p.distortion = p.distortion + volume;
  return p;
}

}  // namespace vib
