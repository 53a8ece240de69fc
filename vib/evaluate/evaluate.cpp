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

torch::Tensor wrong(const torch::Tensor& scores, const torch::Tensor& targets) {
  return scores.argmax(-1).ne(targets).sum();
}

torch::Tensor at_label(const torch::Tensor& per_class, const torch::Tensor& targets) {
  return per_class.gather(-1, targets.unsqueeze(-1)).sum();
}

}  // namespace

Prediction predict(VibClassifier& model, const torch::Tensor& inputs, std::int64_t samples, torch::Generator generator,
                   const std::optional<torch::Tensor>& noise) {
  torch::NoGradGuard no_grad;
  const auto posterior = model->encode(inputs);
  if (posterior.deterministic()) samples = 1;
  torch::Tensor log_sum, distortion;
  for (std::int64_t m = 0; m < samples; ++m) {
    const auto z = noise ? posterior.sample_with((*noise)[m]) : posterior.sample(1, generator)[0];
    const auto log_q = at::log_softmax(model->decode(z).to(torch::kFloat64), -1);
    log_sum = m == 0 ? log_q : at::logaddexp(log_sum, log_q);
    distortion = m == 0 ? -log_q : distortion - log_q;
  }
  const auto draws = static_cast<double>(samples);
  return {log_sum - std::log(draws), distortion / draws, model->decode(posterior.mean), rate(posterior)};
}

SplitMetrics evaluate(VibClassifier model, const Dataset& data, const EvaluateOptions& options) {
  TORCH_CHECK(data.size() > 0, "cannot evaluate on an empty split (", data.name, ")");
  TORCH_CHECK(options.samples() >= 1 && options.batch_size() >= 1,
              "evaluation needs samples >= 1 and batch_size >= 1, got ", options.samples(), " and ",
              options.batch_size());
  const EvaluationMode evaluation_mode(*model);
  const auto generator = make_generator(data.inputs.device(), derive_seed(options.seed(), Stream::evaluation));

  // Columns: wrong by the mean softmax, wrong at z = μ, -log mean softmax, distortion, rate. Read once at the end.
  auto sums = torch::zeros({5}, data.targets.options().dtype(torch::kFloat64));
  for (std::int64_t begin = 0; begin < data.size(); begin += options.batch_size()) {
    const auto end = std::min(begin + options.batch_size(), data.size());
    const auto targets = data.targets.slice(0, begin, end);
    const auto noise = options.noise() ? std::optional(options.noise()->slice(1, begin, end)) : std::nullopt;
    const auto p = predict(model, data.batch_inputs(begin, end), options.samples(), generator, noise);
    sums += at::stack({wrong(p.log_probability, targets).to(torch::kFloat64),
                       wrong(p.mean_z_logits, targets).to(torch::kFloat64), -at_label(p.log_probability, targets),
                       at_label(p.distortion, targets), p.rate.sum(torch::kFloat64)});
  }
  const auto means = (sums / static_cast<double>(data.size())).cpu();
  const auto mean = [&](std::int64_t i) { return means[i].item<double>(); };

  SplitMetrics metrics;
  metrics.examples = data.size();
  metrics.samples = model->deterministic() ? 1 : options.samples();
  metrics.error = mean(0);
  metrics.error_mean_z = mean(1);
  metrics.nll_bits = to_bits(mean(2));
  metrics.distortion_bits = to_bits(mean(3));
  if (!model->deterministic()) metrics.rate_bits = to_bits(mean(4));
  metrics.izy_bits = to_bits(data.label_entropy() - mean(3));
  return metrics;
}

}  // namespace vib
