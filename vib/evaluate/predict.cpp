#include "vib/evaluate/predict.h"

#include <cmath>

#include "vib/nn/module_mode.h"

namespace vib {

Prediction predict(VibModelImpl& model, const torch::Tensor& inputs, const torch::Tensor& targets, std::int64_t samples,
                   const std::function<torch::Tensor(std::int64_t draw)>& noise) {
  torch::NoGradGuard no_grad;
  const ModuleMode evaluation(model, ModuleMode::kEvaluation);
  const auto& likelihood = model.likelihood();
  const auto posterior = model.encode(inputs);
  if (posterior.deterministic()) samples = 1;
  Prediction p;
  const auto exact_rate = model.prior.closed_form(posterior, targets);
  for (std::int64_t m = 0; m < samples; ++m) {
    const auto z = posterior.deterministic() ? posterior.mean() : posterior.sample_with(noise(m));
    const auto decoded = model.decode(z).to(torch::kFloat64);
    const auto mean = likelihood.mean(decoded);
    p.mean = m == 0 ? mean : p.mean + mean;
    if (!exact_rate) {
      const auto rate = model.prior.kl(posterior, z.unsqueeze(0), targets);
      p.rate = m == 0 ? rate : p.rate + rate;
    }
    if (!targets.defined()) continue;
    const auto cost = likelihood.negative_log(decoded, targets);
    p.log_mean = m == 0 ? -cost : at::logaddexp(p.log_mean, -cost);
    p.distortion = m == 0 ? cost : p.distortion + cost;
  }
  const auto draws = static_cast<double>(samples);
  p.mean = p.mean / draws;
  p.mean_z = likelihood.mean(model.decode(posterior.mean()));
  p.rate = exact_rate ? *exact_rate : p.rate / draws;
  if (targets.defined()) {
    p.log_mean = p.log_mean - std::log(draws);
    p.distortion = p.distortion / draws;
  }
  return p;
}

}  // namespace vib
